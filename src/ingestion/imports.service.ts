import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import { DomainError, notFound, quoteValue } from '#libs/errors.js';
import { BulkThread } from '../bulk/bulk-thread.js';
import { Clock } from '../clock/clock.js';
import { Settings } from '../config/settings.js';
import { errorCode } from '../database/sql.js';
import { Metrics } from '../metrics/metrics.js';
import { TimezonesService } from '../timezones/timezones.service.js';
import { BusinessHoursFile } from './files/business-hours-file.js';
import { fieldsOf } from './files/cells.js';
import { type Header, readHeader } from './files/header.js';
import { plainBytes } from './files/plain-bytes.js';
import { RecordReader, type RecordSink, shown } from './files/records.js';
import { SpecialHoursFile } from './files/special-hours-file.js';
import { StatusFile } from './files/status-file.js';
import { StoreLifeFile } from './files/store-life-file.js';
import type { TableFile } from './files/table-file.js';
import { TimezonesFile } from './files/timezones-file.js';
import type { Import, ImportKind } from './import.entity.js';
import {
  type ImportCounts,
  type ImportFilter,
  type ImportPlace,
  ImportsRepository,
  type Reject,
} from './imports.repository.js';
import { PollsByWeek } from './polls-by-week.js';
import { PollsService } from './polls.service.js';

const REJECTS_PER_WRITE = 1_000;
const REJECTS_PER_READ = 1_000;

const BEAT_EVERY_MS = 5_000;
/** Several missed heartbeats; a database that was away for so long has ended the import as well. */
const SILENT_SECONDS = 45;

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
   * stop the others. An import that cannot go on to the end of its file (no header, a broken stream) is answered as
   * Failed with its reason; the good rows before that stay.
   * Where there is a bulk thread, it is done there.
   * @param source     where the rows come from, for the record
   * @param onProgress called with the rows read so far
   * @param id         a UUID that no import has
   * @throws DomainError too_large when the file is over a limit; whatever the database throws. What was written before
   *   stays, and sending the file again does no harm
   */
  async importFile(
    kind: ImportKind,
    source: string,
    stream: Readable,
    onProgress: (rows: number) => void = () => {},
    id: string = randomUUID(),
  ): Promise<Import> {
    if (this.bulk) return this.bulk.importFile(kind, source, stream, onProgress, id);
    const record = await this.imports.create({
      id,
      kind,
      source,
      status: 'Running',
      readRows: 0,
      acceptedRows: 0,
      duplicateRows: 0,
      rejectedRows: 0,
      error: null,
      startedAt: new Date(this.clock.nowMs()),
      finishedAt: null,
    });
    const keptFromMs = await this.polls.keptFromMs();
    const run = new ImportRun(
      this.settings,
      (header) => this.open(kind, header, keptFromMs),
      kind,
      (rejects) => this.imports.addRejects(record.id, rejects),
    );
    const beats = setInterval(() => void this.imports.beat(record.id, run.counts).catch(() => {}), BEAT_EVERY_MS);
    let failure: unknown;
    try {
      record.error = await run.read(stream, onProgress);
    } catch (error) {
      failure = error;
      record.error = 'The rows could not be written; send the file again.';
    } finally {
      clearInterval(beats);
      await run.close();
    }
    record.status = record.error === null ? 'Complete' : 'Failed';
    Object.assign(record, run.counts);
    record.duplicateRows = failure ? 0 : record.readRows - record.rejectedRows - record.acceptedRows;
    record.finishedAt = new Date(this.clock.nowMs());
    if (kind === 'store_status') {
      const { acceptedRows: inserted, duplicateRows: duplicate, rejectedRows: rejected } = record;
      this.metrics.countPolls('file', { inserted, duplicate, rejected });
    }
    await this.imports.end(record);
    if (failure) throw failure;
    if (run.refusal) {
      throw new DomainError(run.refusal.code, record.error!, undefined, { details: { import_id: record.id } });
    }
    return record;
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

/** The reading of one file: header, rows, rejects, and what went wrong. */
class ImportRun implements RecordSink {
  private readRows = 0;
  private rejectedRows = 0;
  /** Of a file that is over a limit. */
  refusal: DomainError | undefined;
  private file: TableFile | undefined;
  private headerProblem: string | undefined;
  private kept = 0;
  private readonly rejects: Reject[] = [];
  private readonly reader: RecordReader;
  private lastLine = 0;

  constructor(
    private readonly settings: Settings,
    private readonly open: (header: Header) => TableFile,
    private readonly kind: ImportKind,
    private readonly keep: (rejects: readonly Reject[]) => Promise<void>,
  ) {
    this.reader = new RecordReader(this, settings.maxLineBytes);
  }

  get counts(): ImportCounts {
    return { readRows: this.readRows, acceptedRows: this.file?.accepted ?? 0, rejectedRows: this.rejectedRows };
  }

  /** @returns why reading ended before the end of the file, or null */
  async read(stream: Readable, onProgress: (rows: number) => void): Promise<string | null> {
    let problem: string | null = null;
    const chunks = plainBytes(stream, this.settings, (reason, head) => this.reader.behind(reason, head));
    try {
      for await (const chunk of chunks) {
        // read to the end all the same: whoever sends a request hears the answer only after that
        if (this.headerProblem) continue;
        this.reader.push(chunk);
        try {
          await this.flush(false);
        } catch (error) {
          throw new WriteError(error);
        }
        onProgress(this.readRows);
        // A stream that has more at hand would be read on at once, and nobody else would get a turn.
        await nextTurn();
      }
      this.reader.end();
    } catch (error) {
      if (error instanceof WriteError) throw error.cause;
      if (error instanceof DomainError) this.refusal = error;
      problem = `${explainBrokenStream(error)} after line ${this.lastLine}. What was read up to there is kept.`;
    }
    if (this.headerProblem && !this.refusal) {
      return `The file cannot be read as ${this.kind}: ${this.headerProblem}.`;
    }
    if (!this.file && !problem) return `The file cannot be read as ${this.kind}: it is empty, without even a header.`;
    if (this.file?.refusal) {
      this.rejectedRows = this.readRows;
      await this.keep(this.rejects.splice(0));
      return `Nothing of the file is used: ${this.file.refusal}.`;
    }
    await this.flush(true);
    onProgress(this.readRows);
    return problem;
  }

  async close(): Promise<void> {
    await this.file?.close?.();
  }

  record(bytes: Buffer, start: number, end: number, line: number, quoted: boolean): void {
    if (this.headerProblem) return;
    this.lastLine = line;
    if (!this.file) return this.header(fieldsOf(bytes, start, end, quoted, this.reader.delimiter));
    this.readRows++;
    const problem = this.file.row(bytes, start, end, quoted, line);
    if (problem !== undefined) this.reject(line, problem, shown(bytes, start, end));
  }

  broken(line: number, reason: string, head: string): void {
    this.lastLine = line;
    if (!this.file) {
      this.headerProblem ??= `its first line ${reason}`;
      return;
    }
    this.readRows++;
    this.reject(line, `the row ${reason}`, head);
  }

  private header(fields: readonly string[]): void {
    const header = readHeader(this.kind, fields, this.reader.delimiter);
    if ('problem' in header) this.headerProblem = header.problem;
    else this.file = this.open(header);
  }

  private reject(line: number, reason: string, rawRow: string): void {
    this.rejectedRows++;
    if (this.kept >= this.settings.maxRejectsKept) return;
    this.kept++;
    this.rejects.push({ line, reason: storable(reason), rawRow: storable(rawRow) });
  }

  private async flush(isLast: boolean): Promise<void> {
    await this.file?.flush(isLast);
    if (this.rejects.length >= REJECTS_PER_WRITE || (isLast && this.rejects.length > 0)) {
      await this.keep(this.rejects.splice(0));
    }
  }
}

/** Tells a failure of the database from one of the stream that is being read. */
class WriteError extends Error {
  constructor(override readonly cause: unknown) {
    super('write failed');
  }
}

/** PostgreSQL's text holds any character but NUL. */
const storable = (text: string): string => text.replaceAll('\u0000', '\ufffd');

function explainBrokenStream(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof DomainError) return `${message}; reading ended`;
  const code = errorCode(error) ?? '';
  if (code === 'Z_BUF_ERROR') return 'The gzip data ends too early,';
  if (code.startsWith('Z_')) return `The gzip data is damaged (${message}),`;
  return `Reading broke off (${message}),`;
}
