import { describe, expect, it } from '@jest/globals';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import type { ByteRange, Storage } from '../storage/storage.js';
import { SharedFiles } from './shared-files.js';

const MB = 1024 * 1024;

/** A storage in which every file is `content`, until it is told to be away. */
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

describe('the file of a report that many want at once', () => {
  it('is read once, whole or in part', async () => {
    const { storage, reads } = storageOf('0123456789');
    const files = new SharedFiles(storage);
    const open = async (range?: ByteRange): Promise<string> => text(await files.open('a', 10, range));
    const answers = await Promise.all([open(), open({ start: 2, end: 4 }), open(), open({ start: 9, end: 9 })]);
    expect(answers).toEqual(['0123456789', '234', '0123456789', '9']);
    expect(reads).toEqual(['a']);
  });

  it('is read by each when it is large, or too many others are at hand', async () => {
    const { storage, reads } = storageOf('0123456789');
    const files = new SharedFiles(storage);
    expect(await text(await files.open('large', 5 * MB, { start: 1, end: 2 }))).toBe('12');
    expect(await text(await files.open('large', Infinity))).toBe('0123456789');
    for (const key of ['a', 'b', 'c', 'c', 'a']) await files.open(key, 3 * MB);
    expect(reads).toEqual([{ start: 1, end: 2 }, 'large', 'a', 'b', 'c', 'c']);
  });

  it('is asked for again after it could not be read, and those who waited are told', async () => {
    const { storage, reads, away } = storageOf('');
    const files = new SharedFiles(storage);
    away();
    for (const both of [1, 2]) {
      const answers = await Promise.allSettled([files.open('a', 4 * MB), files.open('a', 4 * MB)]);
      expect(answers.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
      expect(reads).toHaveLength(both);
    }
  });
});
