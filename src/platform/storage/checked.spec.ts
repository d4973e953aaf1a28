import { describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { type StoredFile, getStored } from './checked.js';
import type { ByteRange } from './storage.js';

const TEXT = 'store_id,uptime\na,1.00\n';
const sha256 = createHash('sha256').update(TEXT).digest('hex');
const FILE = { key: 'a.csv', sizeBytes: TEXT.length, sha256 };

/** What a reader has got, and the error that it ended with. */
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
  expect.stringContaining(`The storage s3://b/ did not give the file that was stored as a.csv: ${what}.`);

describe('a stored file that is read', () => {
  it('is given in full when it is the one that was stored', async () => {
    expect(await read([TEXT])).toEqual([TEXT, undefined]);
    expect(await read(TEXT.split(''))).toEqual([TEXT, undefined]);
    expect(await read([], { key: 'a.csv', sizeBytes: 0, sha256: createHash('sha256').digest('hex') })).toEqual([
      '',
      undefined,
    ]);
  });

  it('is not given in full when it is another one: not one byte of a small page', async () => {
    expect(await read(['<html>Sign in</html>'])).toEqual(['', told(`20 bytes came instead of ${TEXT.length}`)]);
    expect(await read([`<html>${'x'.repeat(99)}`])).toEqual(['', told(`more than ${TEXT.length} bytes came`)]);
    expect(await read([TEXT.replace('1', '2')])).toEqual(['', told('its SHA-256 is another one')]);
    expect(await read([])).toEqual(['', told(`0 bytes came instead of ${TEXT.length}`)]);
  });

  it('never has its last piece given when a bit of it is wrong', async () => {
    const [got, error] = await read(['store_id,uptime\n', 'a,2.00', '\n']);
    expect(got).toBe('store_id,uptime\na,2.00');
    expect(error).toEqual(told('its SHA-256 is another one'));
  });

  it('is not judged by what is not known of it', async () => {
    expect(await read([TEXT], { key: 'a.csv', sizeBytes: null, sha256: null })).toEqual([TEXT, undefined]);
    expect(await read(['x'.repeat(TEXT.length)], { ...FILE, sha256: null })).toEqual([
      'x'.repeat(TEXT.length),
      undefined,
    ]);
  });

  it('is judged by its length where only a part of it is wanted', async () => {
    expect(await read(['store'], FILE, { start: 0, end: 4 })).toEqual(['store', undefined]);
    expect(await read(['<html>'], FILE, { start: 0, end: 4 })).toEqual(['', told('more than 5 bytes came')]);
  });

  it('ends with the error of the storage where there is one, which is told at once while nothing was given', async () => {
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
