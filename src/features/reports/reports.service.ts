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
  type ReportCursor,
  type ReportSummary,
  ReportsRepository,
} from './record/reports.repository.js';
import { cutPage } from '../../edge/paging/page.js';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Sent with the error for a report that is still running. */
const RETRY_AFTER_SECONDS = 1;

/** The file of a complete report. */
export interface ReportContent {
  readonly report: Report;
  readonly contentType: string;
  readonly fileName: string;
  /** @param range within the file; absent: the whole file @throws DomainError not_found, unavailable */
  readonly open: (range?: ByteRange) => Promise<Readable>;
}

/** Finds, cancels, fails and deletes reports, and opens their files. */
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

  /** A page of reports, newest first. @returns next: the cursor of the next page, if there is one */
  async list(filter: ReportFilter, size: number): Promise<{ reports: ReportSummary[]; next?: ReportCursor }> {
    const { items, last } = cutPage(await this.reports.list(filter, size + 1), size);
    return { reports: items, ...(last && { next: { createdAtMs: last.createdAt.getTime(), id: last.id } }) };
  }

  /** The file of a complete report. @throws DomainError not_found; the errors of contentOf */
  async content(id: unknown): Promise<ReportContent> {
    return this.contentOf(await this.find(id));
  }

  /**
   * The file of a report that is already loaded.
   * @throws DomainError not_ready when the report is running, failed or cancelled; gone when its file has expired
   */
  contentOf(report: Report): ReportContent {
    if (report.status === 'Running') {
      throw new DomainError('not_ready', `The report ${report.id} is still running.`, {
        retryAfterSeconds: RETRY_AFTER_SECONDS,
      });
    }
    if (report.status !== 'Complete') {
      const end = report.status === 'Failed' ? `failed: ${report.error}` : 'was cancelled.';
      throw new DomainError('not_ready', `The report ${report.id} ${end}`);
    }
    if (report.expiredAt) {
      const since = `expired at ${formatInstant(report.expiredAt.getTime())}`;
      throw new DomainError(
        'gone',
        `The file of the report ${report.id} ${since}. Trigger a new report with the same as_of.`,
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
   * Cancels a running report: removes its job, and its worker stops within about a second. Deletes an ended report with
   * its files. A cancelled report stays, so that a repeated call changes nothing.
   * @throws DomainError invalid_argument; not_found also when the report is already deleted; unavailable
   */
  async delete(id: unknown): Promise<void> {
    const report = await this.find(id);
    const isCancelled = report.status === 'Cancelled' || (await this.cancel(report.id));
    // Files first: as long as the row exists, a repeated call can finish an interrupted deletion.
    await this.storage.removeAll(filesOf(report));
    if (!isCancelled) await this.reports.remove(report.id, (client) => this.jobs.removeIn(client, 'report', report.id));
  }

  /** @returns false when the report has already ended */
  private async cancel(id: string): Promise<boolean> {
    await this.jobs.start();
    return this.reports.cancel(id, new Date(this.clock.nowMs()), (client) => this.jobs.removeIn(client, 'report', id));
  }

  /** The location of a complete report's file, for humans. */
  location(report: Report): string {
    return this.storage.location(report.storageKey!);
  }

  /** Fails a running report with a reason for its user, and deletes any files. */
  async fail(id: string, reason: string): Promise<void> {
    const report = await this.find(id);
    if (!(await this.reports.fail(id, reason, new Date(this.clock.nowMs())))) return;
    await this.storage.removeAll(filesOf(report));
  }

  /**
   * Fails abandoned reports: running, silent for that long, and without a job that waits or will be retried. This
   * happens when a command that makes a report is killed, or a worker dies during the last attempt.
   */
  async failAbandoned(silentForSeconds: number): Promise<void> {
    for (const id of await this.reports.silent(silentForSeconds)) {
      if (await this.jobs.isAlive('report', id)) continue;
      await this.fail(id, 'The process that made it ended before it was complete. Trigger the report again.');
    }
  }
}
