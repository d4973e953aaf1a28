import { Injectable } from '@nestjs/common';
import { notFound } from '#libs/errors.js';
import { Clock } from '../../../platform/clock/clock.js';
import { Settings } from '../../../platform/config/settings.js';
import { type RollupRun, RollupsService } from '../../rollups/rollups.service.js';
import { Storage } from '../../../platform/storage/storage.js';
import { tzVersion } from '../../timezones/tz-version.js';
import { ReportAttempt } from './report-attempt.js';
import { MetadataCollector, type ReportMetadata } from '../record/report-metadata.js';
import { ReportInputsRepository } from './report-inputs.repository.js';
import { type StoreFigures, reportFigures } from './report-figures.js';
import { reportText } from './report-formats.js';
import { writeReport } from './report-writer.js';
import { type Report, filesOf, windowsOf } from '../record/report.entity.js';
import { ReportsRepository } from '../record/reports.repository.js';

export interface MakeOptions {
  /** Of the roll-up, which comes first. */
  readonly onRollup?: (blocks: number, total: number) => void;
  readonly onRolledUp?: (run: RollupRun) => void;
  readonly onProgress?: (stores: number, total: number) => void;
  readonly signal?: AbortSignal;
}

/** Computes reports and writes their files. */
@Injectable()
export class ReportMaker {
  constructor(
    private readonly reports: ReportsRepository,
    private readonly facts: ReportInputsRepository,
    private readonly rollups: RollupsService,
    private readonly storage: Storage,
    private readonly settings: Settings,
    private readonly clock: Clock,
  ) {}

  /**
   * Makes a report: brings the rollups up to date, computes, writes the file and its account. Harmless to repeat and to do
   * twice at once: the last attempt counts, and one that has come to its end stays as it is, as when it is cancelled.
   * @param signal aborted: stop, somebody else goes on
   * @throws whatever went wrong; the report stays Running unless somebody says that it failed
   */
  async make({ id }: Pick<Report, 'id'>, options: MakeOptions = {}): Promise<Report> {
    const attempt = await ReportAttempt.begin(this.reports, id);
    if (!attempt) return this.found(id);
    const report = await this.found(id);
    const files = filesOf(report);
    // Each attempt has files of its own: one that comes too late must not write into what is complete.
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
      return now; // somebody has ended it, and that is why it could not be made
    } finally {
      attempt.end();
      // What is told is why it failed, and not that cleaning up failed as well.
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
    { onRollup, onRolledUp, onProgress }: MakeOptions,
  ): Promise<Pick<Report, 'storesDone' | 'sizeBytes' | 'sha256' | 'account'>> {
    const run = await this.rollups.bringUpToDate(onRollup, stop);
    onRolledUp?.(run);
    const windows = windowsOf(report);
    const keeper = new MetadataCollector(windows);
    const asOfMs = report.asOf.getTime();
    const text = reportText({ ...report, asOfMs, windows, isStandard: !report.windows });
    const { total, ...stored } = await this.facts.read(windows, report.stores ?? undefined, async (facts) => {
      const storesTotal = facts.stores.length;
      await this.reports.update(report.id, attempt.number, { storesTotal });
      const figures = counted(reportFigures(facts, windows, this.settings.pollValidForMs), keeper, stop);
      const content = writeReport(figures, text, (stores) => {
        attempt.progress(stores);
        onProgress?.(stores, storesTotal);
      });
      return { total: storesTotal, ...(await this.storage.put(storageKey, content)) };
    });
    const account = keeper.account(asOfMs, report.basis, this.settings.pollValidForMs, tzVersion());
    await this.storage.put(accountKey, [accountText(report.id, account)]);
    return { storesDone: total, ...stored, account };
  }

  private async found(id: string): Promise<Report> {
    const report = await this.reports.find(id);
    if (!report) throw notFound(`There is no report ${id}.`);
    return report;
  }
}

async function* counted(
  figures: AsyncIterable<StoreFigures[]>,
  keeper: MetadataCollector,
  stop: AbortSignal,
): AsyncGenerator<StoreFigures[]> {
  for await (const some of figures) {
    stop.throwIfAborted();
    for (const store of some) keeper.add(store.windows);
    yield some;
  }
}

const accountText = (id: string, account: ReportMetadata): string =>
  `${JSON.stringify({ report_id: id, ...account }, null, 2)}\n`;
