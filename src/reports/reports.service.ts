import { randomUUID } from 'node:crypto';
import type { Readable } from 'node:stream';
import { Injectable } from '@nestjs/common';
import { DomainError, invalidArgument, notFound, quoteValue } from '#libs/errors.js';
import { formatInstant } from '#libs/instant/instant.js';
import { readInstant } from '#libs/instant/read-instant.js';
import { Clock } from '../clock/clock.js';
import { PollsService } from '../ingestion/polls.service.js';
import { Jobs } from '../jobs/jobs.js';
import { FileStorage } from '../storage/storage.js';
import { TimezonesService } from '../timezones/timezones.service.js';
import { CONTENT_TYPES } from './report-formats.js';
import { type ReportOptions, readBasis, readFormat, readStores, readWindows } from './report-options.js';
import type { Report } from './report.entity.js';
import { ReportsRepository } from './reports.repository.js';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** A report's file, to be read once. */
export interface ReportContent {
  readonly report: Report;
  readonly stream: Readable;
  readonly contentType: string;
  readonly fileName: string;
}

@Injectable()
export class ReportsService {
  constructor(
    private readonly reports: ReportsRepository,
    private readonly polls: PollsService,
    private readonly timezones: TimezonesService,
    private readonly storage: FileStorage,
    private readonly jobs: Jobs,
    private readonly clock: Clock,
  ) {}

  /** Writes down that a report is wanted and leaves it to a worker. @throws DomainError invalid_argument */
  async trigger(options: ReportOptions): Promise<Report> {
    const report = await this.create(options);
    await this.jobs.send('report', { reportId: report.id });
    return report;
  }

  /** The same without a job: for whoever has it made in this process. @throws DomainError invalid_argument */
  async create(options: ReportOptions): Promise<Report> {
    const basis = readBasis(options.basis);
    const format = readFormat(options.format);
    const stores = readStores(options.stores);
    const asOfMs = await this.readAsOf(options.asOf);
    const windows = readWindows(options.windows, asOfMs);
    if (stores) await this.checkStores(stores);
    return this.reports.create({
      id: randomUUID(),
      status: 'Running',
      asOf: new Date(asOfMs),
      basis,
      format,
      stores: stores ?? null,
      windows:
        windows?.map(({ name, startMs, endMs }) => ({
          name,
          from: formatInstant(startMs),
          to: formatInstant(endMs),
        })) ?? null,
      storesDone: 0,
      storesTotal: null,
      storageKey: null,
      sizeBytes: null,
      account: null,
      accountKey: null,
      error: null,
      createdAt: new Date(this.clock.nowMs()),
      finishedAt: null,
    });
  }

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

  /** For people: where the file of a complete report lies. */
  location(report: Report): string {
    return this.storage.location(report.storageKey!);
  }

  /** Ends a running report with the reason that its user is told. */
  async fail(id: string, reason: string): Promise<void> {
    await this.reports.update(id, { status: 'Failed', error: reason, finishedAt: new Date(this.clock.nowMs()) });
  }

  private async readAsOf(value: unknown): Promise<number> {
    const nowMs = this.clock.nowMs();
    if (value === undefined || value === null) return (await this.polls.extent())?.latestMs ?? nowMs;
    return readInstant('as_of', value, nowMs, 'lies in the future; now it is');
  }

  private async checkStores(storeIds: readonly string[]): Promise<void> {
    const [unknown] = await this.timezones.unknownStores(storeIds);
    if (unknown === undefined) return;
    const field = `stores[${storeIds.indexOf(unknown)}]`;
    throw invalidArgument(field, `${field}: there is no store ${quoteValue(unknown)}.`);
  }
}
