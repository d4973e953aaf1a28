import { Injectable } from '@nestjs/common';
import { notFound } from '#libs/errors.js';
import { Clock } from '../../../platform/clock/clock.js';
import { Settings } from '../../../platform/config/settings.js';
import { type RollupRun, RollupsService } from '../../rollups/rollups.service.js';
import { readStoreFilter } from '../../../edge/filter/store-filter.js';
import { bothFilters } from '../../../edge/filter/visible-stores.js';
import { Storage } from '../../../platform/storage/storage.js';
import { tzVersion } from '../../timezones/tz-version.js';
import { ReportAttempt } from './report-attempt.js';
import { MetadataCollector, type ReportMetadata } from '../record/report-metadata.js';
import { ReportFileWriter } from './report-file-writer.js';
import { countedFigures, groupsOf, textOf } from './report-content.js';
import { type Report, filesOf, windowsOf } from '../record/report.entity.js';
import { ReportsRepository } from '../record/reports.repository.js';

export interface MakeOptions {
  /** Progress of the roll-up, which runs first. */
  readonly onRollup?: (blocks: number, total: number) => void;
  readonly onRolledUp?: (run: RollupRun) => void;
  readonly onProgress?: (stores: number, total: number) => void;
  readonly signal?: AbortSignal;
  /** Offers parts of a very large report to other workers. */
  readonly sharesParts?: boolean;
}

/** Computes reports and writes their files. */
@Injectable()
export class ReportMaker {
  private readonly running = new Map<string, Promise<Report>>();

  constructor(
    private readonly reports: ReportsRepository,
    private readonly writer: ReportFileWriter,
    private readonly rollups: RollupsService,
    private readonly storage: Storage,
    private readonly settings: Settings,
    private readonly clock: Clock,
  ) {}

  /**
   * Makes a report: updates the rollups, computes the figures, writes the file and its metadata file. Safe to repeat
   * and to run concurrently: the last attempt counts, and a report that has ended, for example by being cancelled,
   * stays as it is.
   * @param signal aborted: stop, another attempt continues
   * @throws any error; the report stays Running until it is marked as failed
   */
  make({ id }: Pick<Report, 'id'>, options: MakeOptions = {}): Promise<Report> {
    const making = this.begin(id, options).finally(() => this.running.delete(id));
    this.running.set(id, making);
    return making;
  }

  /** Waits until this process no longer makes the report. @returns false at once if it does not */
  async ended(id: string): Promise<boolean> {
    const making = this.running.get(id);
    await making?.catch(() => {});
    return making !== undefined;
  }

  private async begin(id: string, options: MakeOptions): Promise<Report> {
    const attempt = await ReportAttempt.begin(this.reports, id);
    if (!attempt) return this.found(id);
    const report = await this.found(id);
    const files = filesOf(report);
    // Each attempt writes its own files: a superseded one must not overwrite those of a complete report.
    const name = attempt.number === 1 ? files : `${files}-${attempt.number}`;
    const keys = { storageKey: `${name}.${report.format}`, accountKey: `${name}.account.json` };
    let isComplete = false;
    try {
      const stop = options.signal ? AbortSignal.any([attempt.signal, options.signal]) : attempt.signal;
      const made = await this.write(report, attempt, keys, stop, options);
      isComplete = await this.reports.complete(id, attempt.number, {
        ...made,
        ...keys,
        finishedAt: new Date(this.clock.nowMs()),
      });
    } catch (error) {
      const now = await this.reports.find(id).catch(() => null);
      if (!now || now.status === 'Running') throw error;
      return now; // the report was ended meanwhile, which caused the error
    } finally {
      attempt.end();
      // Reports the original error, not a failure to clean up.
      if (!isComplete) await this.storage.remove(Object.values(keys)).catch(() => {});
    }
    if (isComplete && attempt.number > 1) await this.storage.removeAll(files, Object.values(keys));
    return this.found(id);
  }

  private async write(
    report: Report,
    attempt: ReportAttempt,
    { storageKey, accountKey }: { storageKey: string; accountKey: string },
    stop: AbortSignal,
    { onRollup, onRolledUp, onProgress, sharesParts }: MakeOptions,
  ): Promise<Pick<Report, 'storesDone' | 'sizeBytes' | 'sha256' | 'account'>> {
    const run = await this.rollups.bringUpToDate(onRollup, stop);
    onRolledUp?.(run);
    const windows = windowsOf(report);
    const collector = new MetadataCollector(windows);
    const { stores, ...stored } = await this.writer.write({
      key: storageKey,
      windows,
      stores: {
        storeIds: report.stores ?? undefined,
        filter: bothFilters(readStoreFilter(report.filter), readStoreFilter(report.limitedTo)),
      },
      text: textOf(report),
      groups: groupsOf(report),
      figures: (inputs) => countedFigures(inputs, report, collector, this.settings.pollValidForMs, stop),
      merge: (sums) => collector.merge(sums),
      shareAs: sharesParts ? { reportId: report.id, attempt: attempt.number, files: filesOf(report) } : undefined,
      onTotal: (storesTotal) => this.reports.update(report.id, attempt.number, { storesTotal }),
      onProgress(done, total) {
        attempt.progress(done);
        onProgress?.(done, total);
      },
      stop,
    });
    const metadata = collector.metadata(report, this.settings.pollValidForMs, tzVersion());
    await this.storage.put(accountKey, [metadataText(report.id, metadata)]);
    return { storesDone: stores, ...stored, account: metadata };
  }

  private async found(id: string): Promise<Report> {
    const report = await this.reports.find(id);
    if (!report) throw notFound(`There is no report ${id}.`);
    return report;
  }
}

const metadataText = (id: string, metadata: ReportMetadata): string =>
  `${JSON.stringify({ report_id: id, ...metadata }, null, 2)}\n`;
