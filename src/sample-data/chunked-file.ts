import { type FileHandle, open } from 'node:fs/promises';

const CHUNK_BYTES = 128 * 1024;
const LONGEST_LINE = 1024;

/**
 * A buffer of lines as bytes. Joining strings would create a rope per chunk, and flattening ropes costs twice as much
 * as all other work for two million polls.
 */
export class Chunk {
  private readonly bytes = new Uint8Array(CHUNK_BYTES + LONGEST_LINE);
  private length = 0;

  get full(): boolean {
    return this.length >= CHUNK_BYTES;
  }

  /** Appends text of ASCII characters only. */
  add(text: string): void {
    const { bytes, length } = this;
    for (let i = 0; i < text.length; i++) bytes[length + i] = text.charCodeAt(i);
    this.length = length + text.length;
  }

  /** Returns the added bytes, valid until the next `add`, and resets the chunk. */
  take(): Uint8Array {
    const taken = this.bytes.subarray(0, this.length);
    this.length = 0;
    return taken;
  }
}

/** Lines that can be generated in any order. */
export interface Lines {
  /** Number of indexes, including those without a line. */
  readonly size: number;
  /** Appends the line at an index, at most 1,024 bytes. Returns false if that index has no line. */
  addTo(chunk: Chunk, index: number): boolean;
}

/**
 * Writes the header and the lines to a new file and returns the number of lines. Each chunk is awaited, so the disk
 * sets the pace and the event loop runs every millisecond or so.
 */
export async function writeLines(
  path: string,
  header: string,
  lines: Lines,
  onProgress?: (done: number, total: number) => void,
): Promise<number> {
  const file: FileHandle = await open(path, 'w');
  try {
    await file.writeFile(header);
    const chunk = new Chunk();
    let rows = 0;
    for (let index = 0; index < lines.size; index++) {
      if (lines.addTo(chunk, index)) rows++;
      if (chunk.full) {
        await file.writeFile(chunk.take());
        onProgress?.(index + 1, lines.size);
      }
    }
    await file.writeFile(chunk.take());
    onProgress?.(lines.size, lines.size);
    return rows;
  } finally {
    await file.close();
  }
}
