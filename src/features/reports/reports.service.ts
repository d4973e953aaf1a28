import type { Readable } from 'node:stream';
import { Injectable } from '@nestjs/common';
import { DomainError, invalidArgument, notFound, quoteValue } from '#libs/errors.js';
import { formatInstant } from '#libs/instant/instant.js';
import { Clock } from '../../platform/clock/clock.js';
import { Jobs } from '../../platform/jobs/jobs.js';
import { type ByteRange, Storage } from '../../platform/storage/storage.js';
import { CONTENT_TYPES } from './make/report-formats.js';
import { type Report, filesOf, storedFile } from './record/report.entity.js';
import { SharedFiles } from './files/shared-files.js';
import {
  type ReportFilter,
  type ReportPlace,
  type ReportSummary,
  ReportsRepository,
} from './record/reports.repository.js';
import { cutPage } from '../../edge/paging/page.js';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** With a request for a report's file that came too early. */
const RETRY_AFTER_SECONDS = 1;

/** The file of a complete report. */
export interface ReportContent {
  readonly report: Report;
  readonly contentType: string;
  readonly fileName: string;
  /** @param range within the file; absent: all of it @throws DomainError not_found, unavailable */
  readonly open: (range?: ByteRange) => Promise<Readable>;
}

/** What there is of reports, and how they end. */
@Injectable()
export class ReportsService {
  private readonly files: SharedFiles;

  constructor(
    private readonly reports: ReportsRepository,
    private readonly storage: Storage,
    private readonly jobs: Jobs,
    private readonly clock: Clock,
  ) {
    this.files = new SharedFiles(storage);
  }

  /** @throws DomainError invalid_argument when `id` is no UUID, not_found when there is no such report */
  async find(id: unknown): Promise<Report> {
    if (typeof id !== 'string' || !UUID.test(id)) {
      const got = id === undefined || id === '' ? 'it is missing' : `got ${quoteValue(id)}`;
      throw invalidArgument('report_id', `report_id must be the UUID that triggering the report returned; ${got}.`);
    }
    const report = await this.reports.find(id.toLowerCase());
    if (!report) throw notFound(`There is no report ${id}.`);
    return report;
  }

  /** A page of reports, newest first. @returns next: the place of its last report, when there is another page */
  async list(filter: ReportFilter, size: number): Promise<{ reports: ReportSummary[]; next?: ReportPlace }> {
    const { items, last } = cutPage(await this.reports.list(filter, size + 1), size);
    return { reports: items, ...(last && { next: { createdAtMs: last.createdAt.getTime(), id: last.id } }) };
  }

  /** The file of a complete report. @throws DomainError not_found; whatever contentOf throws */
  async content(id: unknown): Promise<ReportContent> {
    return this.contentOf(await this.find(id));
  }

  /**
   * The same of a report at hand.
   * @throws DomainError not_ready while it runs, and when it failed or was cancelled; gone when its file was removed because of
   *   its age
   */
  contentOf(report: Report): ReportContent {
    if (report.status === 'Running') {
      throw new DomainError('not_ready', `The report ${report.id} is still running.`, undefined, {
        retryAfterSeconds: RETRY_AFTER_SECONDS,
      });
    }
    if (report.status !== 'Complete') {
      const end = report.status === 'Failed' ? `failed: ${report.error}` : 'was cancelled.';
      throw new DomainError('not_ready', `The report ${report.id} ${end}`);
    }
    if (report.expiredAt) {
      const since = `was removed at ${formatInstant(report.expiredAt.getTime())}, because of its age`;
      throw new DomainError(
        'gone',
        `The file of the report ${report.id} ${since}. Trigger a report of the same as_of.`,
      );
    }
    return {
      report,
      contentType: CONTENT_TYPES[report.format],
      fileName: `storewatch-report-${report.id}.${report.format}`,
      open: (range) => this.files.open(storedFile(report), range),
    };
  }

  countRunning(): Promise<number> {
    return this.reports.countRunning();
  }

  /**
   * Cancels a running report: its job goes, and whoever makes it stops within a second or so. Removes one that has come to its end,
   * with its files. Of one that is cancelled there is nothing left but that it was, and that stays: so a repeat changes nothing.
   * @throws DomainError invalid_argument, not_found also when it was removed before, unavailable
   */
  async delete(id: unknown): Promise<void> {
    const report = await this.find(id);
    const isCancelled = report.status === 'Cancelled' || (await this.cancel(report.id));
    // Before the row: as long as that is there, a repeat can end what was broken off.
    await this.storage.removeAll(filesOf(report));
    if (!isCancelled) await this.reports.remove(report.id, (client) => this.jobs.removeIn(client, 'report', report.id));
  }

  /** @returns false: it has come to its end already */
  private async cancel(id: string): Promise<boolean> {
    await this.jobs.start();
    return this.reports.cancel(id, new Date(this.clock.nowMs()), (client) => this.jobs.removeIn(client, 'report', id));
  }

  /** For people: where the file of a complete report lies. */
  location(report: Report): string {
    return this.storage.location(report.storageKey!);
  }

  /** Ends a running report with the reason that its user is told, and removes what there is of its files. */
  async fail(id: string, reason: string): Promise<void> {
    const report = await this.find(id);
    if (!(await this.reports.fail(id, reason, new Date(this.clock.nowMs())))) return;
    await this.storage.removeAll(filesOf(report));
  }

  /**
   * Fails the running reports that nobody makes any more: nothing was heard of them for so long, and no job of theirs waits or
   * will be tried again. That is so when a command that made one was killed, or a worker at its last attempt.
   */
  async failAbandoned(silentForSeconds: number): Promise<void> {
    for (const id of await this.reports.silent(silentForSeconds)) {
      if (await this.jobs.isAlive('report', id)) continue;
      await this.fail(id, 'The process that made it ended before it was complete. Trigger the report again.');
    }
  }
}
