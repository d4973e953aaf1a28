import { randomUUID } from 'node:crypto';
import type { Readable } from 'node:stream';
import { Injectable } from '@nestjs/common';
import { DomainError, invalidArgument, notFound, quoteValue } from '#libs/errors.js';
import { formatInstant } from '#libs/instant/instant.js';
import { readInstant } from '#libs/instant/read-instant.js';
import { Clock } from '../clock/clock.js';
import { Settings } from '../config/settings.js';
import { PollsService } from '../ingestion/polls.service.js';
import { Jobs } from '../jobs/jobs.js';
import { FileStorage } from '../storage/storage.js';
import { TimezonesService } from '../timezones/timezones.service.js';
import { CONTENT_TYPES } from './report-formats.js';
import { type ReportOptions, readBasis, readFormat, readStores, readWindows } from './report-options.js';
import { type Report, filesOf } from './report.entity.js';
import { readIdempotencyKey, digestOf, sameRequest } from './report-requests.js';
import { checkRunningReports } from './running-reports.js';
import { type ReportDraft, ReportsRepository } from './reports.repository.js';

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
    private readonly settings: Settings,
  ) {}

  /**
   * Writes down that a report is wanted and leaves it to a worker: both or neither.
   * @param idempotencyKey the client's name for its request: a repeat of it is the same report
   * @throws DomainError invalid_argument, key_reused when the key came with another request, resource_exhausted when too many
   *   reports run
   */
  async trigger(options: ReportOptions, idempotencyKey?: string): Promise<Report> {
    const key = readIdempotencyKey(idempotencyKey);
    const requestDigest = digestOf(options);
    const earlier = key !== undefined && (await this.reports.findByKey(key));
    if (earlier) return sameRequest(earlier, requestDigest);
    await checkRunningReports(this.reports, this.settings.maxRunningReports);
    const draft = { ...(await this.draft(options)), idempotencyKey: key ?? null, requestDigest };
    await this.jobs.start();
    const isNew = await this.reports.create(draft, (client) =>
      this.jobs.sendIn(client, 'report', draft.id, { reportId: draft.id }),
    );
    // Not new: the same request came twice at once.
    return isNew ? this.find(draft.id) : sameRequest((await this.reports.findByKey(key!))!, requestDigest);
  }

  /** The same without a job: for whoever has it made in this process. @throws DomainError invalid_argument */
  async create(options: ReportOptions): Promise<Report> {
    const draft = { ...(await this.draft(options)), idempotencyKey: null, requestDigest: null };
    await this.reports.create(draft, async () => {});
    return this.find(draft.id);
  }

  private async draft(options: ReportOptions): Promise<Omit<ReportDraft, 'idempotencyKey' | 'requestDigest'>> {
    const basis = readBasis(options.basis);
    const format = readFormat(options.format);
    const stores = readStores(options.stores);
    const asOfMs = await this.readAsOf(options.asOf);
    const windows = readWindows(options.windows, asOfMs);
    if (stores) await this.checkStores(stores);
    return {
      id: randomUUID(),
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
      createdAt: new Date(this.clock.nowMs()),
    };
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
