import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { DomainError, notFound } from '#libs/errors.js';

/** A report of thousands of stores in a few pieces: when it is complete, everybody who waited for it reads at once. */
const READ_BYTES = 256 * 1024;

/** Where reports are kept, in the file system. Keys are made by us: `reports/2026-11-23/<id>.csv`. */
export class FileStorage {
  constructor(private readonly root: string) {}

  /** For people: where the object of this key lies. */
  location(key: string): string {
    return join(this.root, key);
  }

  /** Writes an object, whole or not at all, and on disk when this returns. @returns its size in bytes */
  async put(key: string, content: AsyncIterable<string | Buffer> | Iterable<string | Buffer>): Promise<number> {
    const path = this.location(key);
    const unfinished = `${path}.${randomUUID()}.part`;
    try {
      await mkdir(dirname(path), { recursive: true });
      await pipeline(Readable.from(content), createWriteStream(unfinished, { flush: true }));
      await rename(unfinished, path);
      await syncFolder(dirname(path));
      return (await stat(path)).size;
    } catch (error) {
      await rm(unfinished, { force: true }).catch(() => {}); // what is told is the first error
      if (isFileSystemError(error)) {
        throw new DomainError('unavailable', `The storage could not take ${key}: ${error.message}.`, undefined, {
          cause: error,
        });
      }
      throw error;
    }
  }

  /** Removes objects; one that is not there is no error. */
  async remove(keys: readonly string[]): Promise<void> {
    for (const key of keys) await rm(this.location(key), { force: true, recursive: true });
  }

  /** Removes every object whose key begins so, half-written ones included, except those to keep. */
  async removeAll(prefix: string, keep: readonly string[] = []): Promise<void> {
    const folder = dirname(prefix);
    const names = await readdir(this.location(folder)).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return [];
      throw error;
    });
    const keys = names.filter((name) => name.startsWith(basename(prefix))).map((name) => `${folder}/${name}`);
    await this.remove(keys.filter((key) => !keep.includes(key)));
  }

  /** @throws DomainError not_found */
  async get(key: string): Promise<Readable> {
    const path = this.location(key);
    try {
      const file = await open(path);
      return file.createReadStream({ highWaterMark: READ_BYTES });
    } catch (error) {
      if (isFileSystemError(error) && error.code === 'ENOENT')
        throw notFound(`The file ${key} is no longer in the storage.`);
      throw error;
    }
  }
}

/** A renamed file is sure to stay renamed only once its folder is on disk too. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path);
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

const isFileSystemError = (error: unknown): error is NodeJS.ErrnoException =>
  typeof error === 'object' && error !== null && 'syscall' in error;
