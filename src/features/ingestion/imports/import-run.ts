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
import type { FileKind } from '#libs/file-kind.js';
import type { Reject } from '../files/reject.js';
import type { ImportCounts } from './imports.repository.js';
import { RejectReasons } from './reject-reasons.js';

const REJECTS_PER_WRITE = 1_000;
const MAX_REASONS_SHOWN = 10;
const EARLIER_ROWS_WRITTEN = 'Rows up to that point are kept.';
const NOTHING_USED = 'No row of the file is used';

/** Why an import failed: `invalid_argument` for a file of the wrong format, `unprocessable` for unusable rows. */
export interface ImportFailure {
  readonly code: ErrorCode;
  readonly message: string;
}

/** Reads one file: header, rows, rejects and the failure, if any. Every row is counted exactly once. */
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
    private readonly kind: FileKind,
    /** Whether one rejected row fails the whole file. */
    private readonly strict: boolean,
    private readonly keep: (rejects: readonly Reject[]) => Promise<void>,
  ) {
    this.reader = new RecordReader(this, settings.maxLineBytes);
  }

  get counts(): ImportCounts {
    return { readRows: this.readRows, acceptedRows: this.file?.accepted ?? 0, rejectedRows: this.rejectedRows };
  }

  /** @throws errors of the database */
  async read(stream: Readable, onProgress: (rows: number) => void): Promise<ImportFailure | undefined> {
    let broken: ImportFailure | undefined;
    const chunks = plainBytes(stream, this.settings, (reason, head) => this.reader.trailing(reason, head));
    try {
      for await (const chunk of chunks) {
        this.reader.push(chunk);
        try {
          await this.flush(false);
        } catch (error) {
          throw new WriteError(error);
        }
        onProgress(this.readRows);
        // Yields to the event loop: a stream with buffered data would otherwise be read without a pause.
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

  /** What users should know besides the counts. */
  async notes(): Promise<{ rejectReasons: ReturnType<RejectReasons['mostFrequent']>; warnings: string[] }> {
    const isEmpty = this.file && this.readRows === 0;
    return {
      rejectReasons: this.reasons.mostFrequent(MAX_REASONS_SHOWN),
      warnings: [
        ...(isEmpty ? ['The file has a header but no rows.'] : []),
        ...((await this.file?.warnings?.()) ?? []),
      ],
    };
  }

  async close(): Promise<void> {
    await this.file?.close?.();
  }

  record(bytes: Buffer, start: number, end: number, line: number, quoted: boolean): void {
    this.lastLine = line;
    if (this.headerProblem) return this.countWithoutHeader(line, shown(bytes, start, end));
    if (!this.file) return this.header(fieldsOf(bytes, start, end, quoted, this.reader.delimiter));
    this.readRows++;
    const problem = this.file.row(bytes, start, end, quoted, line);
    if (problem !== undefined) this.rejectRow(line, problem, shown(bytes, start, end));
  }

  broken(line: number, reason: string, head: string): void {
    this.lastLine = line;
    if (this.headerProblem) return this.countWithoutHeader(line, head);
    if (!this.file) {
      this.headerProblem = `its first line ${reason}`;
      return;
    }
    this.readRows++;
    this.rejectRow(line, `the row ${reason}`, head);
  }

  /** Counts a row of a file whose header is unusable. */
  private countWithoutHeader(line: number, rawRow: string): void {
    this.readRows++;
    this.leaveUnused(line, rawRow);
  }

  private header(fields: readonly string[]): void {
    const header = readHeader(this.kind, fields, this.reader.delimiter);
    if ('problem' in header) this.headerProblem = header.problem;
    else this.file = this.open(header);
  }

  /** Decides whether the rows read are used, and if so writes them. */
  private async finish(broken: ImportFailure | undefined): Promise<ImportFailure | undefined> {
    const { file } = this;
    if (!file) {
      await this.flushRejects();
      if (broken && (!this.headerProblem || broken.code !== 'invalid_argument')) {
        return { ...broken, message: `${broken.message} No row was read.` };
      }
      const problem = this.headerProblem ?? 'it is empty; it must begin with a header';
      return { code: 'invalid_argument', message: `The file cannot be read as ${this.kind}: ${problem}.` };
    }
    await file.prepare?.();
    this.rejectLate();
    let withdrawn = 0;
    for (const { line, reason, rawRow } of file.withdraw?.() ?? []) {
      if (++withdrawn % REJECTS_PER_WRITE === 0) await nextTurn();
      this.reject(line, reason, rawRow);
    }
    const refusal = this.refusal(file, broken);
    if (refusal) {
      for (const { line, rawRow } of file.withdraw?.(NOTHING_USED) ?? []) {
        if (this.kept >= this.settings.maxRejectsKept) break;
        this.leaveUnused(line, rawRow);
      }
      this.rejectedRows = this.readRows;
      await this.flushRejects();
      return refusal;
    }
    await this.flush(true);
    if (broken) return { ...broken, message: `${broken.message} ${EARLIER_ROWS_WRITTEN}` };
    if (this.readRows === 0 || this.rejectedRows < this.readRows) return undefined;
    return unprocessable(`No row can be used: ${this.readRows} read, all rejected. ${this.example()}`);
  }

  /** Why no row of a file with a valid header is used. */
  private refusal(file: TableFile, broken: ImportFailure | undefined): ImportFailure | undefined {
    if (file.refusal !== undefined) return unprocessable(`${NOTHING_USED}: ${file.refusal}.`);
    if (broken && (this.strict || file.requiresCompleteFile)) {
      const why = this.strict ? 'the import is strict' : 'rows of a store may be missing';
      return { ...broken, message: `${broken.message} ${NOTHING_USED}: ${why}.` };
    }
    if (!this.strict || this.rejectedRows === 0) return undefined;
    const rows = `${this.rejectedRows} of ${counted(this.readRows, 'row')}`;
    return unprocessable(`${NOTHING_USED}, because ${rows} cannot be used and the import is strict. ${this.example()}`);
  }

  private example(): string {
    return this.firstReject ? `Line ${this.firstReject.line}: ${this.firstReject.reason}.` : '';
  }

  private rejectLate(): void {
    for (const { line, reason, rawRow } of this.file?.late?.() ?? []) this.rejectRow(line, reason, rawRow);
  }

  private rejectRow(line: number, reason: string, rawRow: string): void {
    this.reject(line, reason, rawRow);
    this.file?.onRejected?.(line, rawRow);
  }

  private reject(line: number, reason: string, rawRow: string): void {
    this.firstReject ??= { line, reason };
    this.reasons.add(line, storable(reason));
    this.keepReject(line, reason, rawRow);
  }

  /** Rejects a row without a reason of its own: the import's error explains it. */
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
    this.rejectLate();
    if (isLast || this.rejects.length >= REJECTS_PER_WRITE) await this.flushRejects();
  }

  private async flushRejects(): Promise<void> {
    while (this.rejects.length > 0) await this.keep(this.rejects.splice(0, 10 * REJECTS_PER_WRITE));
  }
}

const unprocessable = (message: string): ImportFailure => ({ code: 'unprocessable', message });

/** Distinguishes a database failure from a failure of the input stream. */
class WriteError extends Error {
  constructor(override readonly cause: unknown) {
    super('write failed');
  }
}

/** PostgreSQL's text cannot contain NUL. */
const storable = (text: string): string => text.replaceAll('\u0000', '\ufffd');

function explainBrokenStream(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof DomainError) return `${message}; reading ended`;
  const code = errorCode(error) ?? '';
  if (code === 'Z_BUF_ERROR') return 'The gzip data ends too early,';
  if (code.startsWith('Z_')) return `The gzip data is damaged (${message}),`;
  return `Reading failed (${message})`;
}
