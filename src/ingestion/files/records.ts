import { parse } from 'csv-parse/sync';

const LF = 0x0a;
const CR = 0x0d;
const QUOTE = 0x22;

/** One record of a CSV file (RFC 4180) as it lies in a buffer; it must be read before the next one is asked for. */
export interface RecordSink {
  /**
   * @param line    number of the record's first line, 1 for the header
   * @param quoted  whether it holds a quote: then `fieldsOf` reads it, while a plain record may be split at commas
   */
  record(bytes: Buffer, start: number, end: number, line: number, quoted: boolean): void;
  /** A line that is no record: longer than allowed, or with a quote that is never closed. `head` is how it begins. */
  broken(line: number, reason: string, head: string): void;
}

export const RAW_ROW_SHOWN = 1_000;

/**
 * Cuts a stream of bytes into CSV records: lines, unless a quote holds a line break. A byte-order mark, CRLF and blank
 * lines are passed over. Memory is bounded by the longest line allowed, whatever the file is.
 */
export class RecordReader {
  private rest: Buffer = Buffer.alloc(0);
  private line = 1;
  private atStart = true;
  /** Inside a line that was too long and has been reported: everything up to its end is dropped. */
  private dropping = false;
  /** A line may be so long with the CR that ends it. */
  private readonly maxBeforeLf: number;

  constructor(
    private readonly sink: RecordSink,
    private readonly maxLineBytes: number,
  ) {
    this.maxBeforeLf = maxLineBytes + 1;
  }

  push(chunk: Buffer): void {
    let bytes = this.rest.length > 0 ? Buffer.concat([this.rest, chunk]) : chunk;
    if (this.atStart) {
      if (bytes.length < 3) {
        this.rest = bytes;
        return;
      }
      bytes = withoutByteOrderMark(bytes);
      this.atStart = false;
    }
    this.rest = bytes.subarray(this.consume(bytes, false));
    if (this.rest.length > this.maxBeforeLf) this.dropLongLine();
  }

  /** What has no line break at its end is the last record. */
  end(): void {
    const bytes = this.atStart ? withoutByteOrderMark(this.rest) : this.rest;
    this.consume(Buffer.concat([bytes, Buffer.from('\n')]), true);
    this.rest = Buffer.alloc(0);
  }

  /** @returns up to where the bytes were used */
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
      if (nextQuote !== -1 && nextQuote < at) nextQuote = bytes.indexOf(QUOTE, at);
      const quoted = nextQuote !== -1 && nextQuote < end;
      let lines = 1;
      if (quoted) {
        const closed = this.endOfQuoted(bytes, at, end);
        if (closed) {
          ({ end, lines } = closed);
        } else if (!isLast && bytes.length - at <= this.maxBeforeLf) {
          return at; // the rest of it may be in the next chunk
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

  private emit(bytes: Buffer, start: number, lineEnd: number, quoted: boolean): void {
    const end = lineEnd > start && bytes[lineEnd - 1] === CR ? lineEnd - 1 : lineEnd;
    if (end === start) return;
    if (end - start > this.maxLineBytes) {
      this.sink.broken(this.line, this.tooLong(), shown(bytes, start, end));
      return;
    }
    this.sink.record(bytes, start, end, this.line, quoted);
  }

  /** The line break at which all quotes since `start` are closed, and how many lines that makes. */
  private endOfQuoted(bytes: Buffer, start: number, firstEnd: number): { end: number; lines: number } | undefined {
    let isOpen = false;
    let counted = start;
    let lines = 1;
    for (let end = firstEnd; end !== -1 && end - start <= this.maxBeforeLf; end = bytes.indexOf(LF, end + 1)) {
      for (let at = bytes.indexOf(QUOTE, counted); at !== -1 && at < end; at = bytes.indexOf(QUOTE, at + 1)) {
        isOpen = !isOpen;
      }
      if (!isOpen) return { end, lines };
      counted = end;
      lines++;
    }
    return undefined;
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

/**
 * The fields of a record.
 * @throws Error with the reason when the quoting is broken
 */
export function fieldsOf(bytes: Buffer, start: number, end: number, quoted: boolean): string[] {
  const text = bytes.toString('utf8', start, end);
  if (!quoted) return text.split(',');
  try {
    // left to find the break out by itself, csv-parse takes a lone CR for one, and what follows it would be lost
    const records: string[][] = parse(text, { relax_column_count: true, record_delimiter: '\n' });
    return records[0] ?? [];
  } catch (error) {
    throw new QuotingError(error);
  }
}

/** csv-parse numbers the lines of what it was given, which is one row: its own words would mislead. */
class QuotingError extends Error {
  constructor(override readonly cause: unknown) {
    super('the row has a quote (") where RFC 4180 allows none; write a field with quotes inside as "say ""hi"""');
  }
}

/** The row as it stands, for whoever reads the rejects: cut to a readable length. */
export function shown(bytes: Buffer, start: number, end: number): string {
  return bytes.toString('utf8', start, Math.min(end, start + RAW_ROW_SHOWN));
}

function withoutByteOrderMark(bytes: Buffer): Buffer {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? bytes.subarray(3) : bytes;
}
