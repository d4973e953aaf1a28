import { randomUUID } from 'node:crypto';
import { type FileHandle, mkdir, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { DomainError } from '#libs/errors.js';

/**
 * A temporary file for polls that do not fit into memory, grouped by key: 16 bytes a poll, written and read once, in
 * chunks. The file is unlinked right after it is created, so that nothing is left behind after a crash (on Windows it
 * is removed at the end).
 */
export class PollSpool {
  private readonly pieces = new Map<number, { offset: number; length: number }[]>();
  private size = 0;

  private constructor(
    private readonly file: FileHandle,
    private readonly path: string,
  ) {}

  /** @param folder where the file is created; created if missing */
  /** @throws DomainError unavailable when the file system refuses the file, for example when the disk is full */
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
   * @param polls pairs of a store's database id and an observation, as in PollBatch
   * @throws DomainError unavailable when the file system refuses the write, for example when the disk is full
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

  /** The polls written under a key, in chunks. */
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

/** Clients must not see the path. */
function refused(error: unknown): DomainError {
  const { code } = error as NodeJS.ErrnoException;
  return new DomainError('unavailable', `The spool of the import could not be written (${code}).`, { cause: error });
}
