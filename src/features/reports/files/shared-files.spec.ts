import { describe, expect, it } from '@jest/globals';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import type { StoredFile } from '../../../platform/storage/stored-file.js';
import type { ByteRange, Storage } from '../../../platform/storage/storage.js';
import { SharedFiles } from './shared-files.js';

const MB = 1024 * 1024;

/** A file of known size. */
const file = (key: string, sizeBytes: number | null): StoredFile => ({ key, sizeBytes, sha256: null });

/** A storage in which every file is `content`, until it is made unavailable. */
function storageOf(content: string): { storage: Storage; reads: unknown[]; away: () => void } {
  const reads: unknown[] = [];
  let isAway = false;
  const get = async (key: string, range?: ByteRange): Promise<Readable> => {
    reads.push(range ?? key);
    if (isAway) throw new Error('away');
    return Readable.from([Buffer.from(range ? content.slice(range.start, range.end + 1) : content)]);
  };
  return { storage: { get } as Partial<Storage> as Storage, reads, away: () => (isAway = true) };
}

describe('a report file with many concurrent readers', () => {
  it('is read from the storage once, whole or in part', async () => {
    const { storage, reads } = storageOf('0123456789');
    const files = new SharedFiles(storage);
    const open = async (range?: ByteRange): Promise<string> => text(await files.open(file('a', 10), range));
    const answers = await Promise.all([open(), open({ start: 2, end: 4 }), open(), open({ start: 9, end: 9 })]);
    expect(answers).toEqual(['0123456789', '234', '0123456789', '9']);
    expect(reads).toEqual(['a']);
  });

  it('is read by each reader when it is large or of unknown size', async () => {
    const { storage, reads } = storageOf('0123456789');
    const files = new SharedFiles(storage);
    expect(await text(await files.open(file('large', 5 * MB), { start: 1, end: 2 }))).toBe('12');
    expect(await text(await files.open(file('large', null)))).toBe('0123456789');
    expect(reads).toEqual([{ start: 1, end: 2 }, 'large']);
  });

  it('is read by each reader when the cache is full', async () => {
    const { storage, reads } = storageOf('x'.repeat(3 * MB));
    const files = new SharedFiles(storage);
    for (const key of ['a', 'b', 'c', 'c', 'a']) await files.open(file(key, 3 * MB));
    expect(reads).toEqual(['a', 'b', 'c', 'c']);
  });

  it('is refused when the content has changed, and is read again next time', async () => {
    const { storage, reads } = storageOf('<html>');
    const files = new SharedFiles(storage);
    for (const times of [1, 2]) {
      await expect(files.open(file('a', 10))).rejects.toMatchObject({ code: 'unavailable' });
      expect(reads).toHaveLength(times);
    }
    await expect(files.open(file('large', 5 * MB)).then(text)).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('is read again after a failure, which all waiting readers receive', async () => {
    const { storage, reads, away } = storageOf('');
    const files = new SharedFiles(storage);
    away();
    for (const both of [1, 2]) {
      const answers = await Promise.allSettled([files.open(file('a', 4 * MB)), files.open(file('a', 4 * MB))]);
      expect(answers.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
      expect(reads).toHaveLength(both);
    }
  });
});
