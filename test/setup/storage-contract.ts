import { expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { buffer, text } from 'node:stream/consumers';
import { setImmediate as turn } from 'node:timers/promises';
import type { Storage } from '../../src/platform/storage/storage.js';

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

/** More than one part of a multipart upload to S3. */
export const BIG = Buffer.alloc(11 * 1024 * 1024, 'store,1.00\n');

/** Chunks of irregular sizes, like those of a report. */
export function* pieces(bytes: Buffer): Generator<Buffer> {
  for (let at = 0, size = 1; at < bytes.length; at += size, size = (size * 7) % 300_007) {
    yield bytes.subarray(at, at + size);
  }
}

const folder = 'reports/2026-11-23';

/**
 * Tests that every storage must pass.
 * @param keys lists every object, including partly written ones, without the prefix of the storage
 */
export function holdsStorageContract(storage: () => Storage, keys: () => Promise<string[]>): void {
  it('returns what was stored, with its size and SHA-256', async () => {
    for (const bytes of [Buffer.alloc(0), Buffer.from('Zürich,1.00\n'), BIG]) {
      const key = `${folder}/given-${bytes.length}.csv`;
      expect(await storage().put(key, pieces(bytes))).toEqual({ sizeBytes: bytes.length, sha256: sha256(bytes) });
      expect((await buffer(await storage().get(key))).equals(bytes)).toBe(true);
    }
  });

  it('returns parts of an object', async () => {
    await storage().put(`${folder}/parts.csv`, ['0123', Buffer.from('456789')]);
    const part = async (start: number, end: number): Promise<string> =>
      text(await storage().get(`${folder}/parts.csv`, { start, end }));
    expect([await part(0, 0), await part(3, 5), await part(9, 9), await part(0, 9)]).toEqual([
      '0',
      '345',
      '9',
      '0123456789',
    ]);
  });

  it('replaces an object atomically: a reader gets all of one version', async () => {
    const versions = ['a', 'b', 'c', 'd', 'e', 'f'].map((letter) => letter.repeat(300_000));
    await storage().put('nightly/latest.csv', [versions[0]]);
    const over = new AbortController();
    const read = new Set<string>();
    const reading = (async () => {
      while (!over.signal.aborted) {
        read.add(await text(await storage().get('nightly/latest.csv')));
        await turn();
      }
    })();
    for (const version of versions) await storage().put('nightly/latest.csv', [version]);
    over.abort();
    await reading;
    expect(versions).toEqual(expect.arrayContaining([...read]));
    expect(await text(await storage().get('nightly/latest.csv'))).toBe(versions.at(-1));
  });

  it('keeps only the old object when its replacement fails midway', async () => {
    await storage().put('nightly/kept.csv', ['as it was']);
    const before = await keys();
    for (const bytes of [Buffer.from('begun'), BIG]) {
      const content = async function* (): AsyncGenerator<Buffer> {
        yield* pieces(bytes);
        throw new Error('no longer wanted');
      };
      await expect(storage().put('nightly/kept.csv', content())).rejects.toThrow(/^no longer wanted$/);
    }
    expect(await text(await storage().get('nightly/kept.csv'))).toBe('as it was');
    expect(await keys()).toEqual(before);
  });

  it('reports a missing object', async () => {
    await expect(storage().get(`${folder}/never.csv`)).rejects.toMatchObject({
      code: 'not_found',
      message: `The file ${folder}/never.csv is no longer in the storage.`,
    });
  });

  it('removes objects and ignores missing ones', async () => {
    await storage().put(`${folder}/removed.csv`, ['']);
    await storage().remove([`${folder}/removed.csv`, `${folder}/never.csv`]);
    expect(await keys()).not.toContain(`${folder}/removed.csv`);
  });

  it('removes all objects with a prefix, and no others', async () => {
    const names = ['x.csv', 'x-2.csv', 'x-2.account.json', 'y.csv'].map((name) => `days/1/${name}`);
    for (const key of [...names, 'days/11/x.csv']) await storage().put(key, [key]);
    await storage().removeAll('days/1/x', ['days/1/x-2.csv']);
    await storage().removeAll('days/2/x');
    expect((await keys()).filter((key) => key.startsWith('days/'))).toEqual([
      'days/1/x-2.csv',
      'days/1/y.csv',
      'days/11/x.csv',
    ]);
  });

  it('reports that it is usable', async () => {
    await expect(storage().check()).resolves.toBeUndefined();
  });
}
