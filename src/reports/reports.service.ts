import { randomUUID } from 'node:crypto';
import type { Readable } from 'node:stream';
import { Injectable, Logger } from '@nestjs/common';
import { DomainError, invalidArgument, notFound, quoteValue } from '#libs/errors.js';
import { INSTANT_FORMS, formatInstant, parseInstant } from '#libs/instant/instant.js';
import type { Basis } from '#libs/uptime/parts.js';
import { REPORT_WINDOWS } from '#libs/uptime/windows.js';
import { Clock } from '../clock/clock.js';
import { Settings } from '../config/settings.js';
import { PollsService } from '../ingestion/polls.service.js';
import { Jobs } from '../jobs/jobs.js';
import { RollupsService } from '../rollups/rollups.service.js';
import { FileStorage } from '../storage/storage.js';
import { reportCsv } from './report-csv.js';
import { ReportFactsRepository } from './report-facts.repository.js';
import { reportFigures } from './report-figures.js';
import type { Report } from './report.entity.js';
import { ReportsRepository } from './reports.repository.js';

/** What a report is asked for. */
export interface ReportOptions {
  /** Text as INSTANT_FORMS say; absent: the latest poll. */
  readonly asOf?: unknown;
  /** `all` or `observed`; absent: `all`. */
  readonly basis?: unknown;
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** 1900-01-01: long before any poll that is taken; year 0 and what is before it PostgreSQL writes differently. */
const EARLIEST_AS_OF_MS = Date.UTC(1900, 0, 1);

/** How often the progress of a running report is written down. */
const PROGRESS_EVERY_MS = 500;

@Injectable()
export class ReportsService {
  private readonly logger = new Logger('Reports');

  constructor(
    private readonly reports: ReportsRepository,
    private readonly facts: ReportFactsRepository,
    private readonly rollups: RollupsService,
    private readonly polls: PollsService,
    private readonly storage: FileStorage,
    private readonly jobs: Jobs,
    private readonly settings: Settings,
    private readonly clock: Clock,
  ) {}

  /** Writes down that a report is wanted and leaves it to a worker. @throws DomainError invalid_argument */
  async trigger(options: ReportOptions): Promise<Report> {
    const report = await this.create(options);
    await this.jobs.send('report', { reportId: report.id });
    return report;
  }

  /** The same without a job: for whoever calls `generate` in this process. @throws DomainError invalid_argument */
  async create(options: ReportOptions): Promise<Report> {
    const basis = readBasis(options.basis);
    return this.reports.create({
      id: randomUUID(),
      status: 'Running',
      asOf: new Date(await this.readAsOf(options.asOf)),
      basis,
      storesDone: 0,
      storesTotal: null,
      storageKey: null,
      sizeBytes: null,
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

  /** The CSV of a complete report. @throws DomainError not_ready while it runs or when it failed, not_found */
  async content(id: unknown): Promise<{ report: Report; csv: Readable }> {
    const report = await this.find(id);
    if (report.status === 'Running') throw new DomainError('not_ready', `The report ${report.id} is still running.`);
    if (report.status === 'Failed')
      throw new DomainError('not_ready', `The report ${report.id} failed: ${report.error}`);
    return { report, csv: await this.storage.get(report.storageKey!) };
  }

  /** For people: where the file of a complete report lies. */
  location(report: Report): string {
    return this.storage.location(report.storageKey!);
  }

  /**
   * Makes a report: brings the rollups up to date, computes, writes the file. Harmless to repeat.
   * @throws whatever went wrong; the report stays Running unless `fail` is called
   */
  async generate(id: string, onProgress: (stores: number, total: number) => void = () => {}): Promise<Report> {
    const report = await this.find(id);
    if (report.status !== 'Running') return report;
    await this.rollups.bringUpToDate();
    const asOfMs = report.asOf.getTime();
    const startsMs = REPORT_WINDOWS.map((window) => asOfMs - window.lengthMs);
    const facts = await this.facts.read(asOfMs, startsMs);
    const total = facts.stores.length;
    await this.reports.update(id, { storesTotal: total });

    let toldAtMs = this.clock.nowMs();
    const figures = reportFigures(facts, asOfMs, startsMs, this.settings.pollValidForMs);
    const csv = reportCsv(figures, report.basis, (stores) => {
      onProgress(stores, total);
      if (this.clock.nowMs() < toldAtMs + PROGRESS_EVERY_MS) return;
      toldAtMs = this.clock.nowMs();
      this.reports.update(id, { storesDone: stores }).catch((error: Error) => this.logger.warn(error.message));
    });
    const storageKey = `reports/${formatInstant(report.createdAt.getTime()).slice(0, 10)}/${id}.csv`;
    const sizeBytes = await this.storage.put(storageKey, csv);
    await this.reports.update(id, {
      status: 'Complete',
      storesDone: total,
      storageKey,
      sizeBytes,
      finishedAt: new Date(this.clock.nowMs()),
    });
    return this.find(id);
  }

  /** Ends a running report with the reason that its user is told. */
  async fail(id: string, reason: string): Promise<void> {
    await this.reports.update(id, { status: 'Failed', error: reason, finishedAt: new Date(this.clock.nowMs()) });
  }

  private async readAsOf(value: unknown): Promise<number> {
    const nowMs = this.clock.nowMs();
    if (value === undefined || value === null) return (await this.polls.extent())?.latestMs ?? nowMs;
    const asOfMs = typeof value === 'string' ? parseInstant(value) : undefined;
    if (asOfMs === undefined) {
      throw invalidArgument('as_of', `as_of: ${quoteValue(value)} is not a timestamp; write ${INSTANT_FORMS}.`);
    }
    if (asOfMs < EARLIEST_AS_OF_MS) {
      throw invalidArgument('as_of', `as_of: ${formatInstant(asOfMs)} is before ${formatInstant(EARLIEST_AS_OF_MS)}.`);
    }
    if (asOfMs > nowMs) {
      throw invalidArgument(
        'as_of',
        `as_of: ${formatInstant(asOfMs)} lies in the future; it is ${formatInstant(nowMs)} now.`,
      );
    }
    return asOfMs;
  }
}

function readBasis(value: unknown): Basis {
  if (value === undefined || value === null) return 'all';
  if (value === 'all' || value === 'observed') return value;
  throw invalidArgument('basis', `basis: ${quoteValue(value)} is neither "all" nor "observed".`);
}
