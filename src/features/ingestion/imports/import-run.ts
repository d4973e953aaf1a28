import type { Readable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { DomainError, type ErrorCode } from '#libs/errors.js';
import { counted } from '#libs/listed.js';
import type { Settings } from '../../../platform/config/settings.js';
import { errorCode } from '../../../platform/database/sql.js';
import { fieldsOf } from '../files/cells.js';
import { type Header, readHeader } from '../files/header.js';
import { plainBytes } from '../files/decompressed.js';
import { RecordReader, type RecordSink, shown } from '../files/records.js';
import type { TableFile } from '../files/table-file.js';
import type { ImportKind } from '../files/import-kind.js';
import type { Reject } from '../files/reject.js';
import type { ImportCounts } from './imports.repository.js';
import { RejectReasons } from './reject-reasons.js';

const REJECTS_PER_WRITE = 1_000;
const REASONS_TOLD = 10;
const KEPT = 'What was read up to there is kept.';
const NOTHING_USED = 'Nothing of the file is used';

/** Why an import failed: `invalid_argument` when it is no such file, `unprocessable` when its rows cannot be used. */
export interface ImportFailure {
  readonly code: ErrorCode;
  readonly message: string;
}

/** The reading of one file: header, rows, rejects, and what went wrong. Every row is counted once, whatever happens. */
export class ImportRun implements RecordSink {
  private readRows = 0;
  private rejectedRows = 0;
  private file: TableFile | undefined;
  private headerProblem: string | undefined;
  private kept = 0;
  private readonly rejects: Reject[] = [];
  private readonly reasons = new RejectReasons();
  private firstReject: { line: number; reason: string } | undefined;
  private readonly reader: RecordReader;
  private lastLine = 0;

  constructor(
    private readonly settings: Settings,
    private readonly open: (header: Header) => TableFile,
    private readonly kind: ImportKind,
    /** Whether one rejected row fails the whole file. */
    private readonly strict: boolean,
    private readonly keep: (rejects: readonly Reject[]) => Promise<void>,
  ) {
    this.reader = new RecordReader(this, settings.maxLineBytes);
  }

  get counts(): ImportCounts {
    return { readRows: this.readRows, acceptedRows: this.file?.accepted ?? 0, rejectedRows: this.rejectedRows };
  }

  /** @throws whatever the database throws */
  async read(stream: Readable, onProgress: (rows: number) => void): Promise<ImportFailure | undefined> {
    let broken: ImportFailure | undefined;
    const chunks = plainBytes(stream, this.settings, (reason, head) => this.reader.behind(reason, head));
    try {
      for await (const chunk of chunks) {
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
      broken = {
        code: error instanceof DomainError ? error.code : 'invalid_argument',
        message: `${explainBrokenStream(error)} after line ${this.lastLine}.`,
      };
    }
    const failure = await this.finish(broken);
    onProgress(this.readRows);
    return failure;
  }

  /** What people should know beside the counts. */
  async account(): Promise<{ rejectReasons: ReturnType<RejectReasons['most']>; warnings: string[] }> {
    const isEmpty = this.file && this.readRows === 0;
    return {
      rejectReasons: this.reasons.most(REASONS_TOLD),
      warnings: [...(isEmpty ? ['The file has a header and no row.'] : []), ...((await this.file?.warnings?.()) ?? [])],
    };
  }

  async close(): Promise<void> {
    await this.file?.close?.();
  }

  record(bytes: Buffer, start: number, end: number, line: number, quoted: boolean): void {
    this.lastLine = line;
    if (this.headerProblem) return this.behindHeader(line, shown(bytes, start, end));
    if (!this.file) return this.header(fieldsOf(bytes, start, end, quoted, this.reader.delimiter));
    this.readRows++;
    const problem = this.file.row(bytes, start, end, quoted, line);
    if (problem !== undefined) this.rejectRow(line, problem, shown(bytes, start, end));
  }

  broken(line: number, reason: string, head: string): void {
    this.lastLine = line;
    if (this.headerProblem) return this.behindHeader(line, head);
    if (!this.file) {
      this.headerProblem = `its first line ${reason}`;
      return;
    }
    this.readRows++;
    this.rejectRow(line, `the row ${reason}`, head);
  }

  /** A row of a file without a header that can be used. */
  private behindHeader(line: number, rawRow: string): void {
    this.readRows++;
    this.leaveUnused(line, rawRow);
  }

  private header(fields: readonly string[]): void {
    const header = readHeader(this.kind, fields, this.reader.delimiter);
    if ('problem' in header) this.headerProblem = header.problem;
    else this.file = this.open(header);
  }

  /** Decides whether what was read is used, and writes it then. */
  private async finish(broken: ImportFailure | undefined): Promise<ImportFailure | undefined> {
    const { file } = this;
    if (!file) {
      await this.flushRejects();
      if (broken && (!this.headerProblem || broken.code !== 'invalid_argument')) {
        return { ...broken, message: `${broken.message} ${KEPT}` };
      }
      const problem = this.headerProblem ?? 'it is empty, without even a header';
      return { code: 'invalid_argument', message: `The file cannot be read as ${this.kind}: ${problem}.` };
    }
    for (const { line, reason, rawRow } of file.takeBack?.() ?? []) this.reject(line, reason, rawRow);
    const refusal = this.refusal(file, broken);
    if (refusal) {
      for (const { line, rawRow } of file.takeBack?.(NOTHING_USED) ?? []) this.leaveUnused(line, rawRow);
      this.rejectedRows = this.readRows;
      await this.flushRejects();
      return refusal;
    }
    await this.flush(true);
    if (broken) return { ...broken, message: `${broken.message} ${KEPT}` };
    if (this.readRows === 0 || this.rejectedRows < this.readRows) return undefined;
    return unprocessable(`None of its rows can be used: ${this.readRows} read, all rejected. ${this.example()}`);
  }

  /** Why nothing of a file with a header is used. */
  private refusal(file: TableFile, broken: ImportFailure | undefined): ImportFailure | undefined {
    if (file.refusal !== undefined) return unprocessable(`${NOTHING_USED}: ${file.refusal}.`);
    if (broken && (this.strict || file.needsWhole)) {
      const why = this.strict ? 'loading is strict' : 'rows of a store may be missing';
      return { ...broken, message: `${broken.message} ${NOTHING_USED}: ${why}.` };
    }
    if (!this.strict || this.rejectedRows === 0) return undefined;
    const rows = `${this.rejectedRows} of ${counted(this.readRows, 'row')}`;
    return unprocessable(`${NOTHING_USED}, because ${rows} cannot be used and loading is strict. ${this.example()}`);
  }

  private example(): string {
    return this.firstReject ? `Line ${this.firstReject.line}: ${this.firstReject.reason}.` : '';
  }

  private rejectRow(line: number, reason: string, rawRow: string): void {
    this.firstReject ??= { line, reason };
    this.reject(line, reason, rawRow);
    this.file?.rejected?.(line, rawRow);
  }

  private reject(line: number, reason: string, rawRow: string): void {
    this.reasons.add(line, storable(reason));
    this.keepReject(line, reason, rawRow);
  }

  /** The error of the import says why. */
  private leaveUnused(line: number, rawRow: string): void {
    this.keepReject(line, NOTHING_USED, rawRow);
  }

  private keepReject(line: number, reason: string, rawRow: string): void {
    this.rejectedRows++;
    if (this.kept >= this.settings.maxRejectsKept) return;
    this.kept++;
    this.rejects.push({ line, reason: storable(reason), rawRow: storable(rawRow) });
  }

  private async flush(isLast: boolean): Promise<void> {
    await this.file?.flush(isLast);
    if (isLast || this.rejects.length >= REJECTS_PER_WRITE) await this.flushRejects();
  }

  private async flushRejects(): Promise<void> {
    while (this.rejects.length > 0) await this.keep(this.rejects.splice(0, 10 * REJECTS_PER_WRITE));
  }
}

const unprocessable = (message: string): ImportFailure => ({ code: 'unprocessable', message });

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
