const FIRST_ROWS = 4_096;
const FIRST_BYTES = 256 * 1024;
/** Each row is preceded by its position and the length of its text, four bytes each. */
export const HEADER_BYTES = 8;

/** Texts of stores, each with its index in the report. In one buffer, because thousands of strings slow down garbage collection. */
export class RowBuffer {
  private bytes = Buffer.allocUnsafe(FIRST_BYTES);
  /** Where each row ends. */
  private ends = new Uint32Array(FIRST_ROWS);
  private positions = new Uint32Array(FIRST_ROWS);
  private count = 0;

  get size(): number {
    return this.count === 0 ? 0 : this.ends[this.count - 1];
  }

  add(position: number, text: string): void {
    const start = this.size;
    const maxEnd = start + HEADER_BYTES + text.length * 3;
    if (maxEnd > this.bytes.length) this.bytes = Buffer.concat([this.bytes], maxEnd * 2);
    if (this.count === this.ends.length) {
      this.ends = twice(this.ends);
      this.positions = twice(this.positions);
    }
    const length = this.bytes.write(text, start + HEADER_BYTES);
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

  clear(): void {
    this.count = 0;
  }
}

function twice(values: Uint32Array): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(values.length * 2);
  larger.set(values);
  return larger;
}
