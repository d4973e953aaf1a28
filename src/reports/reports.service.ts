import type { Readable } from 'node:stream';
import { Injectable } from '@nestjs/common';
import { DomainError, invalidArgument, notFound, quoteValue } from '#libs/errors.js';
import { Clock } from '../clock/clock.js';
import { Jobs } from '../jobs/jobs.js';
import { Storage } from '../storage/storage.js';
import { CONTENT_TYPES } from './report-formats.js';
import { type Report, filesOf } from './report.entity.js';
import { ReportsRepository } from './reports.repository.js';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** A report's file, to be read once. */
export interface ReportContent {
  readonly report: Report;
  readonly stream: Readable;
  readonly contentType: string;
  readonly fileName: string;
}

/** What there is of reports, and how they end. */
@Injectable()
export class ReportsService {
  constructor(
    private readonly reports: ReportsRepository,
    private readonly storage: Storage,
    private readonly jobs: Jobs,
    private readonly clock: Clock,
  ) {}

  /** @throws DomainError invalid_argument when `id` is no UUID, not_found when there is no such report */
  async find(id: unknown): Promise<Report> {
    if (typeof id !== 'string' || !UUID.test(id)) {
      throw invalidArgument(
        'report_id',
        `report_id: ${quoteValue(id)} is not a UUID; take the one that triggering the report gave.`,
      );
    }
    const report = await this.reports.find(id.toLowerCase());
    if (!report) throw notFound(`There is no report ${id}.`);
    return report;
  }

  /** The file of a complete report. @throws DomainError not_ready while it runs or when it failed, not_found */
  async content(id: unknown): Promise<ReportContent> {
    const report = await this.find(id);
    if (report.status === 'Running') throw new DomainError('not_ready', `The report ${report.id} is still running.`);
    if (report.status === 'Failed')
      throw new DomainError('not_ready', `The report ${report.id} failed: ${report.error}`);
    return {
      report,
      stream: await this.storage.get(report.storageKey!),
      contentType: CONTENT_TYPES[report.format],
      fileName: `storewatch-report-${report.id}.${report.format}`,
    };
  }

  countRunning(): Promise<number> {
    return this.reports.countRunning();
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
