import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { PoolClient } from 'pg';
import { DomainError, invalidArgument, quoteValue } from '#libs/errors.js';
import { formatInstant } from '#libs/instant/instant.js';
import { standardWindows } from '#libs/uptime/windows.js';
import { Clock } from '../../../platform/clock/clock.js';
import { Settings } from '../../../platform/config/settings.js';
import { currentLimit } from '../../../platform/database/store-limit.js';
import { PollsService } from '../../polls/polls.service.js';
import { Jobs } from '../../../platform/jobs/jobs.js';
import { TimezonesService } from '../../timezones/timezones.service.js';
import { digestOf, readIdempotencyKey, sameRequest } from './idempotency-key.js';
import { type ReadOptions, type ReportOptions, checkWindows, readOptions, windowsAt } from './report-options.js';
import type { Report } from '../record/report.entity.js';
import { type ReportDraft, ReportsRepository } from '../record/reports.repository.js';
import { checkRunningReports } from './running-reports.js';

/** Without polls, a report would show every store down for all its open time. */
export const noPolls = (): DomainError =>
  new DomainError('not_ready', 'There are no polls yet, so there is nothing to report. Load store_status.csv first.');

/** Accepts requests for reports. */
@Injectable()
export class ReportRequests {
  constructor(
    private readonly reports: ReportsRepository,
    private readonly polls: PollsService,
    private readonly timezones: TimezonesService,
    private readonly jobs: Jobs,
    private readonly clock: Clock,
    private readonly settings: Settings,
  ) {}

  /**
   * Creates a report and queues its job, in one transaction.
   * @param idempotencyKey the client's key for its request: a repeated request returns the same report
   * @param id a new UUID for the report
   * @throws DomainError invalid_argument; not_ready when there are no polls and no as_of; key_reused when the key
   *   belongs to a different request; resource_exhausted when too many reports are running
   */
  async trigger(
    options: ReportOptions,
    { idempotencyKey, id = randomUUID() }: { idempotencyKey?: string | undefined; id?: string } = {},
  ): Promise<Report> {
    const key = readIdempotencyKey(idempotencyKey);
    // before hashing it, since it may be as large as a request body may be
    const read = this.read(options);
    const requestDigest = digestOf(options);
    const earlier = key !== undefined && (await this.reports.findByKey(key));
    if (earlier) return sameRequest(earlier, requestDigest);
    await checkRunningReports(this.reports, this.settings.maxRunningReports);
    const limitedTo = currentLimit()?.text ?? null;
    const draft = { id, ...(await this.draft(read)), limitedTo, idempotencyKey: key ?? null, requestDigest };
    await this.jobs.start();
    const isNew = await this.reports.create(draft, (client) =>
      this.jobs.sendIn(client, 'report', draft.id, { reportId: draft.id }),
    );
    // Not new: the same request arrived twice at the same time.
    return isNew ? this.written(draft.id) : sameRequest((await this.reports.findByKey(key!))!, requestDigest);
  }

  /**
   * Does the same for the server's own reports, which do not count towards MAX_RUNNING_REPORTS.
   * @param limitedTo as Report.limitedTo
   * @param also makes further writes in the same transaction
   * @throws DomainError invalid_argument
   */
  async triggerForProgram(
    options: ReportOptions,
    limitedTo: string | null,
    also: (client: PoolClient, reportId: string) => Promise<void>,
  ): Promise<Report> {
    const draft = {
      id: randomUUID(),
      ...(await this.draft(this.read(options))),
      limitedTo,
      idempotencyKey: null,
      requestDigest: null,
    };
    await this.jobs.start();
    await this.reports.create(draft, async (client) => {
      await also(client, draft.id);
      await this.jobs.sendIn(client, 'report', draft.id, { reportId: draft.id });
    });
    return this.written(draft.id);
  }

  /** Creates a report without a job, to be made in this process. @throws DomainError invalid_argument */
  async create(options: ReportOptions): Promise<Report> {
    const draft = {
      id: randomUUID(),
      ...(await this.draft(this.read(options))),
      limitedTo: null,
      idempotencyKey: null,
      requestDigest: null,
    };
    await this.reports.create(draft, async () => {});
    return this.written(draft.id);
  }

  private read(options: ReportOptions): ReadOptions {
    return readOptions(options, this.clock.nowMs(), this.settings);
  }

  private async draft(
    options: ReadOptions,
  ): Promise<Omit<ReportDraft, 'id' | 'limitedTo' | 'idempotencyKey' | 'requestDigest'>> {
    const { basis, format, stores, filter = null, columns = null, groupBy = null, webhookUrl = null } = options;
    const asOfMs = options.asOfMs ?? (await this.defaultAsOfMs());
    const windows = options.windows && windowsAt(options.windows, asOfMs);
    checkWindows(windows ?? standardWindows(asOfMs), await this.polls.horizonMs(), windows && 'windows');
    if (stores) await this.checkStores(stores);
    return {
      asOf: new Date(asOfMs),
      basis,
      format,
      stores: stores ?? null,
      filter,
      columns,
      groupBy,
      windows:
        windows?.map(({ name, startMs, endMs }) => ({
          name,
          from: formatInstant(startMs),
          to: formatInstant(endMs),
        })) ?? null,
      createdAt: new Date(this.clock.nowMs()),
      webhookUrl,
    };
  }

  private async written(id: string): Promise<Report> {
    return (await this.reports.find(id))!;
  }

  private async defaultAsOfMs(): Promise<number> {
    if (!(await this.polls.extent())) throw noPolls();
    return this.polls.defaultAsOfMs();
  }

  /** @throws DomainError invalid_argument for an unknown store */
  async checkStores(storeIds: readonly string[]): Promise<void> {
    const [unknown] = await this.timezones.unknownStores(storeIds);
    if (unknown === undefined) return;
    const field = `stores[${storeIds.indexOf(unknown)}]`;
    throw invalidArgument(field, `${field}: there is no store ${quoteValue(unknown)}.`);
  }
}
