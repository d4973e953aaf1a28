import { randomUUID } from 'node:crypto';
import { type FileHandle, mkdir, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { DomainError } from '#libs/errors.js';

/** A part of a spool file. */
export interface SpoolPiece {
  readonly offset: number;
  readonly length: number;
}

/**
 * A temporary file that this process writes once and reads once, in pieces. It is unlinked right after it is created, so
 * that nothing is left behind after a crash (on Windows it is removed at the end).
 */
export class SpoolFile {
  private size = 0;

  private constructor(
    private readonly file: FileHandle,
    private readonly path: string,
    private readonly owner: string,
  ) {}

  /**
   * @param folder created if missing
   * @param owner for an error message: `the import`
   * @throws DomainError unavailable when the file system refuses the file, for example when the disk is full
   */
  static async open(folder: string, owner: string): Promise<SpoolFile> {
    try {
      await mkdir(folder, { recursive: true });
      const path = join(folder, randomUUID());
      const file = await open(path, 'wx+');
      if (process.platform !== 'win32') await rm(path);
      return new SpoolFile(file, path, owner);
    } catch (error) {
      throw refused(owner, error);
    }
  }

  /** @throws DomainError unavailable when the file system refuses the write, for example when the disk is full */
  async append(bytes: Uint8Array): Promise<SpoolPiece> {
    const piece = { offset: this.size, length: bytes.length };
    this.size += bytes.length;
    for (let done = 0; done < bytes.length;) {
      const write = this.file.write(bytes, done, bytes.length - done, piece.offset + done);
      const { bytesWritten } = await write.catch((error: unknown) => {
        throw refused(this.owner, error);
      });
      done += bytesWritten;
    }
    return piece;
  }

  /** @param into as long as the piece */
  async read({ offset, length }: SpoolPiece, into: Uint8Array): Promise<void> {
    for (let done = 0; done < length;) {
      const { bytesRead } = await this.file.read(into, done, length - done, offset + done);
      if (bytesRead === 0) throw new Error(`${this.path} ends at ${offset + done} bytes`);
      done += bytesRead;
    }
  }

  async close(): Promise<void> {
    await this.file.close();
    await rm(this.path, { force: true });
  }
}

/** Clients must not see the path. */
function refused(owner: string, error: unknown): DomainError {
  const { code } = error as NodeJS.ErrnoException;
  return new DomainError('unavailable', `The spool of ${owner} could not be written (${code}).`, { cause: error });
}
