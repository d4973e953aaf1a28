import { COMMA, delimiterOf, endOfRecord, namedDelimiter } from './cells.js';
import { TextBytes } from './text-bytes.js';

const LF = 0x0a;
const CR = 0x0d;
const QUOTE = 0x22;

/** Receives the records of a CSV file. A record's buffer is valid during the call only. */
export interface RecordSink {
  /**
   * @param line the record's first line, from 1
   * @param quoted whether the record contains a quote: then use `fieldsOf`; otherwise it can be split at delimiters
   */
  record(bytes: Buffer, start: number, end: number, line: number, quoted: boolean): void;
  /**
   * A line that is not a record: too long, or with an unclosed quote. `head` is how it begins, and `reason` continues a
   * sentence about it: "is longer than …".
   */
  broken(line: number, reason: string, head: string): void;
}

export const RAW_ROW_SHOWN = 1_000;

/**
 * Splits a stream of bytes into CSV records: lines, unless a quoted cell contains a line break. Skips byte-order marks,
 * blank lines and Excel's line `sep=;`. Memory is bounded by the longest line allowed.
 */
export class RecordReader {
  /** The cell delimiter. Known from the first record, or from a `sep=` line before it. */
  delimiter = COMMA;
  private readonly text = new TextBytes();
  private isBegun = false;
  private rest: Buffer = Buffer.alloc(0);
  private line = 1;
  /** Inside an overlong line that has been reported: the rest of it is dropped. */
  private dropping = false;
  /** The longest line allowed, including up to two CR at its end. */
  private readonly maxBeforeLf: number;
  private remainder: { reason: string; head: string } | undefined;

  constructor(
    private readonly sink: RecordSink,
    private readonly maxLineBytes: number,
  ) {
    this.maxBeforeLf = maxLineBytes + 2;
  }

  push(chunk: Buffer): void {
    if (this.text.problem !== undefined) return;
    const read = this.text.push(chunk);
    if (this.text.problem !== undefined) return this.sink.broken(1, this.text.problem, '');
    const bytes = this.rest.length > 0 ? Buffer.concat([this.rest, read]) : read;
    this.rest = bytes.subarray(this.consume(bytes, false));
    if (this.rest.length > this.maxBeforeLf) this.dropLongLine();
  }

  /** Reports trailing data after the file's own bytes as an extra line at the end. */
  trailing(reason: string, head: string): void {
    this.remainder = { reason, head };
  }

  /** Text without a final line break is the last record. */
  end(): void {
    if (this.text.problem === undefined) {
      const last = this.text.end();
      if (this.text.problem !== undefined) this.sink.broken(1, this.text.problem, '');
      else this.consume(Buffer.concat([this.rest, last, Buffer.from('\n')]), true);
    }
    this.rest = Buffer.alloc(0);
    if (this.remainder) this.sink.broken(this.line, this.remainder.reason, this.remainder.head);
  }

  /** @returns the number of bytes consumed */
  private consume(bytes: Buffer, isLast: boolean): number {
    let at = 0;
    let nextQuote = bytes.indexOf(QUOTE);
    for (let end = bytes.indexOf(LF); end !== -1; end = bytes.indexOf(LF, at)) {
      if (this.dropping) {
        this.dropping = false;
        this.line++;
        at = end + 1;
        continue;
      }
      if (!this.isBegun && this.begin(bytes, at, end)) {
        at = end + 1;
        continue;
      }
      if (nextQuote !== -1 && nextQuote < at) nextQuote = bytes.indexOf(QUOTE, at);
      const quoted = nextQuote !== -1 && nextQuote < end;
      let lines = 1;
      if (quoted) {
        const limit = Math.min(bytes.length, at + this.maxBeforeLf + 1);
        const found = endOfRecord(bytes, at, limit, this.delimiter);
        if (typeof found !== 'string') {
          ({ end, lines } = found);
        } else if (found === 'more' && !isLast && bytes.length - at <= this.maxBeforeLf) {
          return at; // the rest may be in the next chunk
        } else {
          const reason = end - at > this.maxBeforeLf ? this.tooLong() : 'has a quote (") that is never closed';
          this.sink.broken(this.line++, reason, shown(bytes, at, end));
          at = end + 1;
          continue;
        }
      }
      this.emit(bytes, at, end, quoted);
      this.line += lines;
      at = end + 1;
    }
    return at;
  }

  /** Detects the delimiter from the first lines. @returns whether the line is consumed */
  private begin(bytes: Buffer, start: number, lineEnd: number): boolean {
    const end = withoutCr(bytes, start, lineEnd);
    if (end === start) return false;
    this.isBegun = true;
    const named = namedDelimiter(bytes.toString('utf8', start, Math.min(end, start + 16)));
    this.delimiter = named ?? delimiterOf(bytes, start, end);
    if (named !== undefined) this.line++;
    return named !== undefined;
  }

  private emit(bytes: Buffer, start: number, lineEnd: number, quoted: boolean): void {
    const end = withoutCr(bytes, start, lineEnd);
    if (end === start) return;
    if (end - start > this.maxLineBytes) {
      this.sink.broken(this.line, this.tooLong(), shown(bytes, start, end));
      return;
    }
    this.sink.record(bytes, start, end, this.line, quoted);
  }

  private dropLongLine(): void {
    if (!this.dropping) this.sink.broken(this.line, this.tooLong(), shown(this.rest, 0, this.rest.length));
    this.dropping = true;
    this.rest = Buffer.alloc(0);
  }

  private tooLong(): string {
    return `is longer than ${this.maxLineBytes} bytes (MAX_LINE_BYTES)`;
  }
}

/** The end of a line without the one or two CR before its LF. */
function withoutCr(bytes: Buffer, start: number, lineEnd: number): number {
  let end = lineEnd;
  while (end > start && end > lineEnd - 2 && bytes[end - 1] === CR) end--;
  return end;
}

/** The original row for the list of rejects, cut to a readable length. */
export function shown(bytes: Buffer, start: number, end: number): string {
  return bytes.toString('utf8', start, Math.min(end, start + RAW_ROW_SHOWN));
}
