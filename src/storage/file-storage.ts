import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { access, constants, mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { DomainError, notFound } from '#libs/errors.js';
import { type ByteRange, type StoredObject, Storage, digested } from './storage.js';

/** A report of thousands of stores in a few pieces: when it is complete, everybody who waited for it reads at once. */
const READ_BYTES = 256 * 1024;

/** A storage in a folder of the file system. */
export class FileStorage extends Storage {
  constructor(private readonly root: string) {
    super();
  }

  location(key: string): string {
    return join(this.root, key);
  }

  async put(key: string, content: AsyncIterable<string | Buffer> | Iterable<string | Buffer>): Promise<StoredObject> {
    const path = this.location(key);
    const unfinished = `${path}.${randomUUID()}.part`;
    try {
      await mkdir(dirname(path), { recursive: true });
      const { stream, stored } = digested(content);
      await pipeline(stream, createWriteStream(unfinished, { flush: true }));
      await rename(unfinished, path);
      await syncFolder(dirname(path));
      return stored();
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

  async remove(keys: readonly string[]): Promise<void> {
    for (const key of keys) await rm(this.location(key), { force: true, recursive: true });
  }

  async removeAll(prefix: string, keep: readonly string[] = []): Promise<void> {
    const folder = dirname(prefix);
    const names = await readdir(this.location(folder)).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return [];
      throw error;
    });
    const keys = names.filter((name) => name.startsWith(basename(prefix))).map((name) => `${folder}/${name}`);
    await this.remove(keys.filter((key) => !keep.includes(key)));
  }

  async check(): Promise<void> {
    try {
      await mkdir(this.root, { recursive: true });
      await access(this.root, constants.R_OK | constants.W_OK | constants.X_OK);
    } catch (error) {
      const reason = isFileSystemError(error) ? error.message : String(error);
      throw new DomainError('unavailable', `The storage ${this.root} cannot be used: ${reason}.`, undefined, {
        cause: error,
      });
    }
  }

  async get(key: string, range?: ByteRange): Promise<Readable> {
    const path = this.location(key);
    try {
      const file = await open(path);
      return file.createReadStream({ highWaterMark: READ_BYTES, ...range });
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
