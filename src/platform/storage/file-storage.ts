import { randomUUID } from 'node:crypto';
import { constants, createWriteStream } from 'node:fs';
import { access, mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { DomainError, notFound } from '#libs/errors.js';
import { type ByteRange, type Content, type StoredObject, Storage, digested, named } from './storage.js';

/**
 * Large reads, so that a report of thousands of stores takes only a few: all waiting clients download at once when it
 * completes.
 */
const READ_BYTES = 256 * 1024;

/** Stores files in a folder. */
export class FileStorage extends Storage {
  constructor(readonly place: string) {
    super();
  }

  location(key: string): string {
    return join(this.place, key);
  }

  async put(key: string, content: Content): Promise<StoredObject> {
    const path = this.location(key);
    const unfinished = `${path}.${randomUUID()}.part`;
    const { stream, stored, failure } = digested(content);
    try {
      await mkdir(dirname(path), { recursive: true });
      await pipeline(stream, createWriteStream(unfinished, { flush: true }));
      await rename(unfinished, path);
      await syncFolder(dirname(path));
      return stored();
    } catch (error) {
      await rm(unfinished, { force: true }).catch(() => {}); // report the first error, not this one
      throw failure() ? error : unavailable(`could not store ${key}`, error);
    }
  }

  async remove(keys: readonly string[]): Promise<void> {
    try {
      for (const key of keys) await rm(this.location(key), { force: true, recursive: true });
    } catch (error) {
      throw unavailable(`could not remove ${named(keys)}`, error);
    }
  }

  async removeAll(prefix: string, keep: readonly string[] = []): Promise<void> {
    const folder = dirname(prefix);
    const names = await readdir(this.location(folder)).catch((error: unknown) => {
      if (isFileSystemError(error) && error.code === 'ENOENT') return [];
      throw unavailable(`could not remove ${prefix}*`, error);
    });
    const keys = names.filter((name) => name.startsWith(basename(prefix))).map((name) => `${folder}/${name}`);
    await this.remove(keys.filter((key) => !keep.includes(key)));
  }

  async get(key: string, range?: ByteRange): Promise<Readable> {
    const path = this.location(key);
    try {
      const file = await open(path);
      return file.createReadStream({ highWaterMark: READ_BYTES, ...range });
    } catch (error) {
      if (isFileSystemError(error) && error.code === 'ENOENT')
        throw notFound(`The file ${key} is no longer in the storage.`);
      throw unavailable(`could not read ${key}`, error);
    }
  }

  async check(): Promise<void> {
    try {
      await mkdir(this.place, { recursive: true });
      await access(this.place, constants.W_OK | constants.X_OK);
    } catch (error) {
      throw unavailable(`folder ${this.place} is not writable`, error);
    }
  }
}

/** A rename is durable only after its folder is synced too. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path);
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** @param what what the storage failed to do: `could not store x` */
function unavailable(what: string, error: unknown): unknown {
  if (!isFileSystemError(error)) return error;
  return new DomainError('unavailable', `The storage ${what}: ${error.message}.`, { cause: error });
}

const isFileSystemError = (error: unknown): error is NodeJS.ErrnoException =>
  typeof error === 'object' && error !== null && 'syscall' in error;
