import { once } from 'node:events';
import type { PoolClient } from 'pg';
import { from as copyFrom, to as copyTo } from 'pg-copy-streams';
import { DAY_MS } from '#libs/instant/instant.js';

/**
 * COPY in PostgreSQL's binary format, both ways (PostgreSQL documentation, COPY, "Binary Format"). Two million rows pass
 * here on every first load; as text, half of the time would go into printing and parsing timestamps.
 */

/** Timestamps are microseconds since 2000-01-01, 10,957 days after the epoch of JavaScript. */
const POSTGRES_EPOCH_MS = 10_957 * DAY_MS;

const SIGNATURE = Buffer.from('PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0', 'latin1');
const TRAILER = Buffer.from([0xff, 0xff]);
const CHUNK_BYTES = 256 * 1024;
const MAX_ROW_BYTES = 1024;

/** Writes rows of fixed-width columns. Call `row`, then one method for each column in the order of the COPY. */
export class BinaryCopyWriter {
  private buffer = Buffer.allocUnsafe(CHUNK_BYTES + MAX_ROW_BYTES);
  private used = SIGNATURE.copy(this.buffer);
  private readonly stream;
  private failure: Error | undefined;

  /** @param target table and columns, as in `status_poll (store_id, polled_at, active)` */
  constructor(client: PoolClient, target: string) {
    this.stream = client.query(copyFrom(`copy ${target} from stdin (format binary)`));
    this.stream.on('error', (error) => (this.failure = error));
  }

  /** Whether enough has gathered that the caller should `await flush()` before the next row. */
  get isFull(): boolean {
    return this.used >= CHUNK_BYTES;
  }

  row(columns: number): void {
    this.used = this.buffer.writeInt16BE(columns, this.used);
  }

  int32(value: number): void {
    this.used = this.buffer.writeInt32BE(4, this.used);
    this.used = this.buffer.writeInt32BE(value, this.used);
  }

  boolean(value: boolean): void {
    this.used = this.buffer.writeInt32BE(1, this.used);
    this.buffer[this.used++] = value ? 1 : 0;
  }

  timestamp(epochMs: number): void {
    const microseconds = (epochMs - POSTGRES_EPOCH_MS) * 1000;
    const high = Math.floor(microseconds / 2 ** 32);
    this.used = this.buffer.writeInt32BE(8, this.used);
    this.used = this.buffer.writeInt32BE(high, this.used);
    this.used = this.buffer.writeUInt32BE(microseconds - high * 2 ** 32, this.used);
  }

  null(): void {
    this.used = this.buffer.writeInt32BE(-1, this.used);
  }

  async flush(): Promise<void> {
    if (this.failure) throw this.failure;
    const chunk = this.buffer.subarray(0, this.used);
    this.buffer = Buffer.allocUnsafe(CHUNK_BYTES + MAX_ROW_BYTES);
    this.used = 0;
    if (!this.stream.write(chunk)) await once(this.stream, 'drain');
  }

  async end(): Promise<void> {
    await this.flush();
    const finished = once(this.stream, 'finish');
    this.stream.end(TRAILER);
    await finished;
  }
}

/** One row as it lies in the buffer: read the columns by their order, each exactly once. */
export class BinaryRow {
  constructor(
    private readonly bytes: Buffer,
    private at: number,
  ) {}

  int32(): number {
    const value = this.bytes.readInt32BE(this.at + 4);
    this.at += 8;
    return value;
  }

  float64(): number {
    const value = this.bytes.readDoubleBE(this.at + 4);
    this.at += 12;
    return value;
  }

  boolean(): boolean {
    const value = this.bytes[this.at + 4] === 1;
    this.at += 5;
    return value;
  }

  /** Epoch ms. */
  timestamp(): number {
    const high = this.bytes.readInt32BE(this.at + 4);
    const low = this.bytes.readUInt32BE(this.at + 8);
    this.at += 12;
    return Math.floor((high * 2 ** 32 + low) / 1000) + POSTGRES_EPOCH_MS;
  }

  /** Moves to the row that starts at `at`. */
  seek(at: number): void {
    this.at = at;
  }
}

/**
 * Reads the rows of `query` (which must carry its values inside: COPY takes no parameters) and hands each to `onRow`;
 * the row object is used again for the next one. No column may be null.
 */
export async function readBinary(client: PoolClient, query: string, onRow: (row: BinaryRow) => void): Promise<void> {
  const stream = client.query(copyTo(`copy (${query}) to stdout (format binary)`));
  let rest: Buffer = Buffer.alloc(0);
  let headerSeen = false;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    const bytes = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk;
    let at = 0;
    if (!headerSeen) {
      if (bytes.length < SIGNATURE.length) {
        rest = bytes;
        continue;
      }
      at = SIGNATURE.length;
      headerSeen = true;
    }
    at = eachWholeRow(bytes, at, onRow);
    rest = bytes.subarray(at);
  }
}

/** @returns where the first row that is not whole begins */
function eachWholeRow(bytes: Buffer, start: number, onRow: (row: BinaryRow) => void): number {
  const row = new BinaryRow(bytes, start);
  let at = start;
  while (at + 2 <= bytes.length) {
    const columns = bytes.readInt16BE(at);
    if (columns < 0) return bytes.length;
    let end = at + 2;
    for (let column = 0; column < columns && end <= bytes.length; column++) {
      end += end + 4 <= bytes.length ? 4 + Math.max(0, bytes.readInt32BE(end)) : bytes.length;
    }
    if (end > bytes.length) return at;
    row.seek(at + 2);
    onRow(row);
    at = end;
  }
  return at;
}
