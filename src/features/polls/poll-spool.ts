import { randomUUID } from 'node:crypto';
import { type FileHandle, mkdir, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { DomainError } from '#libs/errors.js';

/**
 * Polls that do not fit into memory, in a file, by some key: 16 bytes each, written and read once, one piece behind the
 * other. The file has no name from its beginning on, so that nothing is left of it whatever happens (on Windows it is
 * removed at the end).
 */
export class PollSpool {
  private readonly pieces = new Map<number, { offset: number; length: number }[]>();
  private size = 0;

  private constructor(
    private readonly file: FileHandle,
    private readonly path: string,
  ) {}

  /** @param folder where the file is made; it is made too */
  /** @throws DomainError unavailable when the file system does not take it, as a full disk */
  static async open(folder: string): Promise<PollSpool> {
    try {
      await mkdir(folder, { recursive: true });
      const path = join(folder, `polls-${randomUUID()}`);
      const file = await open(path, 'wx+');
      if (process.platform !== 'win32') await rm(path);
      return new PollSpool(file, path);
    } catch (error) {
      throw refused(error);
    }
  }

  /** All keys, ascending. */
  keys(): number[] {
    return [...this.pieces.keys()].sort((a, b) => a - b);
  }

  /**
   * @param polls pairs of a store's database id and an observation, as PollBatch keeps them
   * @throws DomainError unavailable when the file system does not take them, as a full disk
   */
  async write(key: number, polls: Float64Array): Promise<void> {
    const bytes = Buffer.from(polls.buffer, polls.byteOffset, polls.byteLength);
    for (let done = 0; done < bytes.length;) {
      const write = this.file.write(bytes, done, bytes.length - done, this.size + done);
      const { bytesWritten } = await write.catch((error: unknown) => {
        throw refused(error);
      });
      done += bytesWritten;
    }
    const pieces = this.pieces.get(key);
    const piece = { offset: this.size, length: polls.length };
    if (pieces) pieces.push(piece);
    else this.pieces.set(key, [piece]);
    this.size += bytes.length;
  }

  /** What was written under a key, in pieces. */
  async *read(key: number): AsyncGenerator<Float64Array> {
    for (const { offset, length } of this.pieces.get(key) ?? []) {
      const polls = new Float64Array(length);
      const bytes = Buffer.from(polls.buffer);
      for (let done = 0; done < bytes.length;) {
        const { bytesRead } = await this.file.read(bytes, done, bytes.length - done, offset + done);
        if (bytesRead === 0) throw new Error(`${this.path} ends at ${offset + done} bytes`);
        done += bytesRead;
      }
      yield polls;
    }
  }

  async close(): Promise<void> {
    await this.file.close();
    await rm(this.path, { force: true });
  }
}

/** Without the path, which is nobody's business outside. */
function refused(error: unknown): DomainError {
  const { code } = error as NodeJS.ErrnoException;
  return new DomainError('unavailable', `The spool of the import could not be written (${code}).`, undefined, {
    cause: error,
  });
}
