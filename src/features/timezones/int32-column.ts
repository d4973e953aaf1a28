const CHUNK_BITS = 14;
const CHUNK = 2 ** CHUNK_BITS;

/** A list of 32-bit integers, 0 where none was set. Growing copies nothing and leaves no outgrown array behind. */
export class Int32Column {
  private readonly chunks: Int32Array[] = [];

  get(index: number): number {
    const chunk = this.chunks[index >>> CHUNK_BITS];
    return chunk === undefined ? 0 : chunk[index & (CHUNK - 1)];
  }

  set(index: number, value: number): void {
    const chunk = index >>> CHUNK_BITS;
    while (chunk >= this.chunks.length) this.chunks.push(new Int32Array(CHUNK));
    this.chunks[chunk][index & (CHUNK - 1)] = value;
  }
}
