const FIRST_ROWS = 4_096;
const FIRST_BYTES = 256 * 1024;
/** Each row is preceded by its position and the length of its text, four bytes each. */
export const HEADER_BYTES = 8;

/** Reads rows from the bytes of a RowBuffer, which may be cut anywhere. Texts are valid during the call only. */
export class RowParser {
  private rest: Buffer = Buffer.alloc(0);

  constructor(private readonly onRow: (position: number, text: Buffer) => void) {}

  parse(piece: Buffer): void {
    const bytes = Buffer.concat([this.rest, piece]);
    let at = 0;
    while (at + HEADER_BYTES <= bytes.length) {
      const start = at + HEADER_BYTES;
      const end = start + bytes.readUInt32LE(at + 4);
      if (end > bytes.length) break;
      this.onRow(bytes.readUInt32LE(at), bytes.subarray(start, end));
      at = end;
    }
    this.rest = bytes.subarray(at);
  }
}

/** Texts of stores, each with a number: its index in the report, or its database id. In one buffer, because thousands of strings slow down garbage collection. */
export class RowBuffer {
  private bytes = Buffer.allocUnsafe(FIRST_BYTES);
  /** Where each row ends. */
  private ends = new Uint32Array(FIRST_ROWS);
  private positions = new Uint32Array(FIRST_ROWS);
  private count = 0;

  get size(): number {
    return this.count === 0 ? 0 : this.ends[this.count - 1];
  }

  add(position: number, text: string | Buffer): void {
    const start = this.size;
    const maxEnd = start + HEADER_BYTES + text.length * 3;
    if (maxEnd > this.bytes.length) this.bytes = Buffer.concat([this.bytes], maxEnd * 2);
    if (this.count === this.ends.length) {
      this.ends = twice(this.ends);
      this.positions = twice(this.positions);
    }
    const at = start + HEADER_BYTES;
    const length = typeof text === 'string' ? this.bytes.write(text, at) : text.copy(this.bytes, at);
    this.bytes.writeUInt32LE(position, start);
    this.bytes.writeUInt32LE(length, start + 4);
    this.positions[this.count] = position;
    this.ends[this.count++] = start + HEADER_BYTES + length;
  }

  /** The rows in order of position. `onRow` receives the offset at which each ends. */
  sorted(onRow: (position: number, end: number) => void): Buffer {
    const { bytes, ends, positions, count } = this;
    const sorted = Buffer.allocUnsafe(this.size);
    let at = 0;
    for (const key of Float64Array.from({ length: count }, (_, row) => positions[row] * count + row).sort()) {
      const row = key % count;
      at += bytes.copy(sorted, at, row === 0 ? 0 : ends[row - 1], ends[row]);
      onRow(positions[row], at);
    }
    return sorted;
  }

  /** The rows in the order in which they were added. */
  all(): Buffer {
    return Buffer.from(this.bytes.subarray(0, this.size));
  }

  clear(): void {
    this.count = 0;
  }
}

function twice(values: Uint32Array): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(values.length * 2);
  larger.set(values);
  return larger;
}
