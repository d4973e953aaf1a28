import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { Inject, Injectable } from '@nestjs/common';
import { DomainError, type ErrorCode, notFound, quoteValue } from '#libs/errors.js';
import { BulkThread } from '../../app/bulk/bulk-thread.js';
import { Clock } from '../../platform/clock/clock.js';
import { Settings } from '../../platform/config/settings.js';
import { Metrics } from '../../platform/metrics/metrics.js';
import { TimezonesService } from '../timezones/timezones.service.js';
import { BusinessHoursFile } from './files/business-hours-file.js';
import type { Header } from './files/header.js';
import { SpecialHoursFile } from './files/special-hours-file.js';
import { StatusFile } from './files/status-file.js';
import { StoreLifeFile } from './files/store-life-file.js';
import type { TableFile } from './files/table-file.js';
import { TimezonesFile } from './files/timezones-file.js';
import { type ImportFailure, ImportRun } from './import-run.js';
import type { Import, ImportKind } from './import.entity.js';
import { type ImportFilter, type ImportPlace, ImportsRepository, type Reject } from './imports.repository.js';
import { PollsByWeek } from './polls-by-week.js';
import { PollsService } from './polls.service.js';

const REJECTS_PER_READ = 1_000;

/** Failures that are answered with the counts of the import; the others are thrown. */
const ANSWERED: ReadonlySet<ErrorCode> = new Set(['invalid_argument', 'unprocessable']);

const BEAT_EVERY_MS = 5_000;
/** Several missed heartbeats; a database that was away for so long has ended the import as well. */
const SILENT_SECONDS = 45;

export interface ImportOptions {
  /** Called with the rows read so far. */
  readonly onProgress?: (rows: number) => void;
  /** A UUID that no import has. */
  readonly id?: string;
  /** Whether one row that cannot be used fails the whole file; undefined: as STRICT_IMPORTS says. */
  readonly strict?: boolean | undefined;
}

/** How an import ended. */
export interface EndedImport extends Import {
  /** null: it is complete. */
  readonly failureCode: ErrorCode | null;
}

/** Loads every kind of file, as streams: memory does not grow with the file. */
@Injectable()
export class ImportsService {
  constructor(
    private readonly imports: ImportsRepository,
    private readonly polls: PollsService,
    private readonly timezones: TimezonesService,
    private readonly settings: Settings,
    private readonly clock: Clock,
    private readonly metrics: Metrics,
    @Inject(BulkThread) private readonly bulk: BulkThread | null,
  ) {}

  /**
   * Loads a CSV file, plain or gzip. Rows that cannot be used are counted, kept with their line and reason, and do not
   * stop the others, unless loading is strict: then nothing of the file is used. An import is answered as Failed with its
   * reason when it cannot go on to the end of its file (no header, a broken stream; good rows before that stay, save those
   * of hours), when none of its rows can be used, and when the file is refused as a whole.
   * Where there is a bulk thread, it is done there.
   * @param source where the rows come from, for the record
   * @throws DomainError too_large when the file is over a limit; whatever the database throws. What was written before
   *   stays, and sending the file again does no harm
   */
  async importFile(
    kind: ImportKind,
    source: string,
    stream: Readable,
    { onProgress = () => {}, id = randomUUID(), strict = this.settings.strictImports }: ImportOptions = {},
  ): Promise<EndedImport> {
    if (this.bulk) return this.bulk.importFile(kind, source, stream, { onProgress, id, strict });
    const record = await this.imports.create({
      id,
      kind,
      source,
      status: 'Running',
      readRows: 0,
      acceptedRows: 0,
      duplicateRows: 0,
      rejectedRows: 0,
      rejectReasons: [],
      warnings: [],
      error: null,
      startedAt: new Date(this.clock.nowMs()),
      finishedAt: null,
    });
    const keptFromMs = await this.polls.keptFromMs();
    const run = new ImportRun(
      this.settings,
      (header) => this.open(kind, header, keptFromMs),
      kind,
      strict,
      (rejects) => this.imports.addRejects(record.id, rejects),
    );
    const beats = setInterval(() => void this.imports.beat(record.id, run.counts).catch(() => {}), BEAT_EVERY_MS);
    let failure: ImportFailure | undefined;
    let thrown: unknown;
    try {
      failure = await run.read(stream, onProgress);
      Object.assign(record, await run.account());
    } catch (error) {
      thrown = error;
    } finally {
      clearInterval(beats);
      await run.close();
    }
    record.error = thrown ? 'The rows could not be written; send the file again.' : (failure?.message ?? null);
    record.status = record.error === null ? 'Complete' : 'Failed';
    Object.assign(record, run.counts);
    record.duplicateRows = thrown ? 0 : record.readRows - record.rejectedRows - record.acceptedRows;
    record.finishedAt = new Date(this.clock.nowMs());
    if (kind === 'store_status') {
      const { acceptedRows: inserted, duplicateRows: duplicate, rejectedRows: rejected } = record;
      this.metrics.countPolls('file', { inserted, duplicate, rejected });
    }
    await this.imports.end(record);
    if (thrown) throw thrown;
    if (failure && !ANSWERED.has(failure.code)) {
      throw new DomainError(failure.code, failure.message, undefined, { details: { import_id: record.id } });
    }
    return { ...record, failureCode: failure?.code ?? null };
  }

  /** @throws DomainError not_found */
  async find(id: string): Promise<Import> {
    const record = await this.imports.find(id);
    if (!record) throw notFound(`There is no import ${quoteValue(id)}.`);
    return record;
  }

  /** A page of imports, newest first. @returns next: the place of its last one, when there is another page */
  async list(filter: ImportFilter, size: number): Promise<{ imports: Import[]; next?: ImportPlace }> {
    const found = await this.imports.list(filter, size + 1);
    const imports = found.slice(0, size);
    const last = found.length > size ? imports.at(-1) : undefined;
    return { imports, ...(last && { next: { startedAtMs: last.startedAt.getTime(), id: last.id } }) };
  }

  /** Fails the imports whose process is gone. @returns how many */
  failAbandoned(): Promise<number> {
    return this.imports.failSilent(SILENT_SECONDS, new Date(this.clock.nowMs()));
  }

  /** The kept rejects of an import, in the order of the file. @throws DomainError not_found */
  async *rejects(id: string): AsyncGenerator<Reject> {
    await this.find(id);
    for (let afterLine = 0, page; (page = await this.imports.rejects(id, afterLine, REJECTS_PER_READ)).length > 0;) {
      yield* page;
      afterLine = page.at(-1)!.line;
    }
  }

  private open(kind: ImportKind, header: Header, keptFromMs: number): TableFile {
    switch (kind) {
      case 'store_status': {
        const polls = new PollsByWeek(
          (storeIds) => this.timezones.resolve(storeIds),
          join(this.settings.home, 'spool'),
        );
        return new StatusFile(header, polls, (week) => this.polls.writeWeek(week), this.clock.nowMs(), keptFromMs);
      }
      case 'business_hours':
        return new BusinessHoursFile(header, this.timezones);
      case 'store_timezones':
        return new TimezonesFile(header, this.timezones);
      case 'special_hours':
        return new SpecialHoursFile(header, this.timezones);
      case 'store_life':
        return new StoreLifeFile(header, this.timezones);
    }
  }
}
