import { setImmediate as nextTurn } from 'node:timers/promises';
import { SpoolFile, type SpoolPiece } from '../../../platform/storage/spool-file.js';

/** The text of a store, and its index in the report. */
export interface ReportRow {
  readonly position: number;
  readonly text: string;
}

/** Each row is preceded by its position and the length of its text, four bytes each. */
const HEADER_BYTES = 8;
/** Rows copied between two yields to the event loop: about 2 ms. */
const ROWS_PER_TURN = 5_000;
const CHUNK_BYTES = 256 * 1024;

/**
 * Puts the rows of a report into order, through a temporary file. The positions are divided into buckets: `add` writes
 * rows bucket by bucket, and `read` holds the rows of one bucket at a time.
 */
export class RowSpool {
  /** By bucket. */
  private readonly pieces = new Map<number, SpoolPiece[]>();

  private constructor(
    private readonly file: SpoolFile,
    private readonly rowsPerBucket: number,
  ) {}

  /** @throws DomainError unavailable, as do the other methods */
  static async open(folder: string, rowsPerBucket: number): Promise<RowSpool> {
    return new RowSpool(await SpoolFile.open(folder, 'the report'), rowsPerBucket);
  }

  /** Adds rows in any order. */
  async add(rows: readonly ReportRow[]): Promise<void> {
    const sorted = inOrder(rows);
    const ends = new Map<number, number>();
    const bytes = await encoded(sorted, ({ position }, end) => ends.set(this.bucketOf(position), end));
    const { offset } = await this.file.append(bytes);
    let start = 0;
    for (const [bucket, end] of ends) {
      const piece = { offset: offset + start, length: end - start };
      const known = this.pieces.get(bucket);
      if (known) known.push(piece);
      else this.pieces.set(bucket, [piece]);
      start = end;
    }
  }

  /** The texts in order of position, in chunks. */
  async *read(): AsyncGenerator<Buffer> {
    let texts: Buffer[] = [];
    let size = 0;
    for (const bucket of [...this.pieces.keys()].sort((a, b) => a - b)) {
      for (const text of await this.texts(bucket)) {
        if (!text) continue;
        texts.push(text);
        size += text.length;
        if (size < CHUNK_BYTES) continue;
        yield Buffer.concat(texts, size);
        [texts, size] = [[], 0];
      }
    }
    yield Buffer.concat(texts, size);
  }

  close(): Promise<void> {
    return this.file.close();
  }

  /** By position within the bucket. */
  private async texts(bucket: number): Promise<(Buffer | undefined)[]> {
    const texts: (Buffer | undefined)[] = Array.from({ length: this.rowsPerBucket });
    for (const piece of this.pieces.get(bucket)!) {
      const bytes = await this.file.read(piece);
      for (let at = 0; at < bytes.length;) {
        const start = at + HEADER_BYTES;
        const end = start + bytes.readUInt32LE(at + 4);
        texts[bytes.readUInt32LE(at) - bucket * this.rowsPerBucket] = bytes.subarray(start, end);
        at = end;
      }
    }
    return texts;
  }

  private bucketOf(position: number): number {
    return Math.floor(position / this.rowsPerBucket);
  }
}

/** Sorts numbers instead of rows, which is several times as fast. */
function inOrder(rows: readonly ReportRow[]): ReportRow[] {
  const keys = Float64Array.from(rows, ({ position }, index) => position * rows.length + index).sort();
  return Array.from(keys, (key) => rows[key % rows.length]);
}

async function encoded(
  rows: readonly ReportRow[],
  onRow: (row: ReportRow, endOffset: number) => void,
): Promise<Buffer> {
  let size = 0;
  for (const { text } of rows) size += HEADER_BYTES + Buffer.byteLength(text);
  const bytes = Buffer.allocUnsafe(size);
  let at = 0;
  for (const [index, row] of rows.entries()) {
    const length = bytes.write(row.text, at + HEADER_BYTES);
    bytes.writeUInt32LE(row.position, at);
    bytes.writeUInt32LE(length, at + 4);
    at += HEADER_BYTES + length;
    onRow(row, at);
    if (index % ROWS_PER_TURN === ROWS_PER_TURN - 1) await nextTurn();
  }
  return bytes;
}
