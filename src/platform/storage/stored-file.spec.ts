import { describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { type StoredFile, getStored } from './stored-file.js';
import type { ByteRange } from './storage.js';

const TEXT = 'store_id,uptime\na,1.00\n';
const sha256 = createHash('sha256').update(TEXT).digest('hex');
const FILE = { key: 'a.csv', sizeBytes: TEXT.length, sha256 };

/** The bytes that a reader received, and the error at the end. */
async function read(
  pieces: string[],
  file: StoredFile = FILE,
  range?: ByteRange,
): Promise<[got: string, error: string | undefined]> {
  let got = '';
  try {
    const storage = { place: 's3://b/', get: async () => Readable.from(pieces.map((piece) => Buffer.from(piece))) };
    for await (const piece of await getStored(storage, file, range)) got += String(piece);
    return [got, undefined];
  } catch (error) {
    expect(error).toMatchObject({ code: 'unavailable' });
    return [got, (error as Error).message];
  }
}

const told = (what: string): unknown =>
  expect.stringContaining(`The storage s3://b/ did not return the file stored as a.csv: ${what}.`);

describe('reading a stored file', () => {
  it('returns the whole file if it is the one that was stored', async () => {
    expect(await read([TEXT])).toEqual([TEXT, undefined]);
    expect(await read(TEXT.split(''))).toEqual([TEXT, undefined]);
    expect(await read([], { key: 'a.csv', sizeBytes: 0, sha256: createHash('sha256').digest('hex') })).toEqual([
      '',
      undefined,
    ]);
  });

  it('does not return all of a different file, and not one byte of a small page', async () => {
    expect(await read(['<html>Sign in</html>'])).toEqual(['', told(`received 20 bytes instead of ${TEXT.length}`)]);
    expect(await read([`<html>${'x'.repeat(99)}`])).toEqual(['', told(`received more than ${TEXT.length} bytes`)]);
    expect(await read([TEXT.replace('1', '2')])).toEqual(['', told('its SHA-256 does not match')]);
    expect(await read([])).toEqual(['', told(`received 0 bytes instead of ${TEXT.length}`)]);
  });

  it('never returns the last piece if a single bit is wrong', async () => {
    const [got, error] = await read(['store_id,uptime\n', 'a,2.00', '\n']);
    expect(got).toBe('store_id,uptime\na,2.00');
    expect(error).toEqual(told('its SHA-256 does not match'));
  });

  it('skips checks whose expected values are unknown', async () => {
    expect(await read([TEXT], { key: 'a.csv', sizeBytes: null, sha256: null })).toEqual([TEXT, undefined]);
    expect(await read(['x'.repeat(TEXT.length)], { ...FILE, sha256: null })).toEqual([
      'x'.repeat(TEXT.length),
      undefined,
    ]);
  });

  it('checks only the length of a part', async () => {
    expect(await read(['store'], FILE, { start: 0, end: 4 })).toEqual(['store', undefined]);
    expect(await read(['<html>'], FILE, { start: 0, end: 4 })).toEqual(['', told('received more than 5 bytes')]);
  });

  it('passes on an error of the storage, and throws it at once if nothing was returned yet', async () => {
    const broken = (count: number) => async (): Promise<Readable> =>
      Readable.from(
        (async function* (): AsyncGenerator<Buffer> {
          for (let i = 0; i < count; i++) yield Buffer.from('store_id');
          throw new Error('broke off');
        })(),
      );
    await expect(getStored({ place: '', get: broken(1) }, FILE)).rejects.toThrow('broke off');
    const stream = await getStored({ place: '', get: broken(2) }, FILE);
    await expect(stream.toArray()).rejects.toThrow('broke off');
  });
});
