import { setImmediate as nextTurn } from 'node:timers/promises';
import { SpoolFile, type SpoolPiece } from '../../../platform/storage/spool-file.js';
import { HEADER_BYTES, type RowBuffer } from './row-buffer.js';

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
  async add(rows: RowBuffer): Promise<void> {
    const ends = new Map<number, number>();
    const bytes = rows.sorted((position, end) => ends.set(Math.floor(position / this.rowsPerBucket), end));
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

  /** The texts in order of position, with a separator between them, in chunks. */
  async *read(separator: string): AsyncGenerator<Buffer> {
    const between = Buffer.from(separator);
    let isFirst = true;
    for (const bucket of [...this.pieces.keys()].sort((a, b) => a - b)) {
      const { bytes, starts } = await this.bucket(bucket);
      let chunk = Buffer.allocUnsafe(bytes.length + starts.length * between.length);
      let used = 0;
      for (const start of starts) {
        if (start === 0) continue; // no row
        if (!isFirst) used += between.copy(chunk, used);
        isFirst = false;
        used += bytes.copy(chunk, used, start, start + bytes.readUInt32LE(start - 4));
        if (used < CHUNK_BYTES) continue;
        yield chunk.subarray(0, used);
        chunk = chunk.subarray(used);
        used = 0;
        await nextTurn();
      }
      yield chunk.subarray(0, used);
    }
  }

  close(): Promise<void> {
    return this.file.close();
  }

  /** @returns starts: by position within the bucket, where the text starts; 0: none */
  private async bucket(bucket: number): Promise<{ bytes: Buffer; starts: Uint32Array }> {
    const pieces = this.pieces.get(bucket)!;
    const bytes = Buffer.allocUnsafe(pieces.reduce((sum, { length }) => sum + length, 0));
    const starts = new Uint32Array(this.rowsPerBucket);
    let at = 0;
    for (const piece of pieces) {
      const end = at + piece.length;
      await this.file.read(piece, bytes.subarray(at, end));
      for (; at < end; at += HEADER_BYTES + bytes.readUInt32LE(at + 4)) {
        starts[bytes.readUInt32LE(at) - bucket * this.rowsPerBucket] = at + HEADER_BYTES;
      }
    }
    return { bytes, starts };
  }
}
