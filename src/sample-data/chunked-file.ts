import { type FileHandle, open } from 'node:fs/promises';

const CHUNK_BYTES = 128 * 1024;
const LONGEST_LINE = 1024;

/**
 * Lines on their way to a file, as bytes. Joining strings would make a rope of every chunk, and flattening ropes costs
 * twice as much as everything else about two million polls.
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

  /** Hands out what was added, valid until the next `add`, and starts again. */
  take(): Uint8Array {
    const taken = this.bytes.subarray(0, this.length);
    this.length = 0;
    return taken;
  }
}

/** Lines that can be asked for in any order. */
export interface Lines {
  readonly places: number;
  /** Appends the line of a place, at most 1,024 bytes, or answers false where that place is empty. */
  addTo(chunk: Chunk, place: number): boolean;
}

/**
 * Writes header and lines to a new file and answers the number of lines. Each chunk is awaited: the disk sets the pace,
 * and the event loop gets its turn every millisecond or so.
 */
export async function writeLines(
  path: string,
  header: string,
  lines: Lines,
  onProgress?: (placesDone: number, placesTotal: number) => void,
): Promise<number> {
  const file: FileHandle = await open(path, 'w');
  try {
    await file.writeFile(header);
    const chunk = new Chunk();
    let rows = 0;
    for (let place = 0; place < lines.places; place++) {
      if (lines.addTo(chunk, place)) rows++;
      if (chunk.full) {
        await file.writeFile(chunk.take());
        onProgress?.(place + 1, lines.places);
      }
    }
    await file.writeFile(chunk.take());
    onProgress?.(lines.places, lines.places);
    return rows;
  } finally {
    await file.close();
  }
}
