import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { text } from 'node:stream/consumers';
import type { S3Storage } from '../../src/platform/storage/s3-storage.js';
import { BIG, holdsStorageContract, pieces } from '../setup/storage-contract.js';
import { Bucket, awsEnvironment, endpoint, setEnvironment } from './bucket.js';
import { Faulty } from './faulty.js';

let bucket: Bucket;

beforeAll(() => setEnvironment(awsEnvironment()));
beforeEach(async () => {
  bucket = await Bucket.create();
});
afterEach(() => bucket.close());

describe('a storage in a bucket', () => {
  let storage: S3Storage;
  beforeEach(async () => {
    storage = await bucket.storage('some/where');
  });

  const keys = async (): Promise<string[]> => [
    ...(await bucket.keys()).map((key) => key.replace('some/where/', '')),
    ...(await bucket.unfinished()),
  ];
  holdsStorageContract(() => storage, keys);

  it('has its objects under its prefix, where other clients find them', async () => {
    await storage.put('nightly/a.csv', ['1,2\n']);
    expect(await bucket.keys()).toEqual(['some/where/nightly/a.csv']);
    expect((await bucket.read('some/where/nightly/a.csv')).toString()).toBe('1,2\n');
    expect(storage.location('nightly/a.csv')).toBe(`s3://${bucket.name}/some/where/nightly/a.csv`);
    expect(storage.place).toBe(`s3://${bucket.name}/some/where at ${endpoint}`);
  });

  it('does not touch objects outside its prefix', async () => {
    const [beside, none] = [await bucket.storage('some/where-else'), await bucket.storage()];
    for (const one of [storage, beside, none]) await one.put('a/x.csv', ['']);
    await storage.removeAll('a/x');
    expect(await bucket.keys()).toEqual(['a/x.csv', 'some/where-else/a/x.csv']);
  });

  it('removes more objects than one page of a listing has', async () => {
    const names = Array.from({ length: 1_003 }, (_, i) => `many/x${i}`);
    for (let i = 0; i < names.length; i += 50) {
      await Promise.all(names.slice(i, i + 50).map((key) => storage.put(key, [''])));
    }
    await storage.removeAll('many/x', ['many/x7']);
    expect(await bucket.keys()).toEqual(['some/where/many/x7']);
  });
});

describe('a multipart upload', () => {
  let faulty: Faulty;
  beforeEach(async () => {
    faulty = await Faulty.start();
    setEnvironment(awsEnvironment(faulty.url));
  });
  afterEach(async () => {
    await faulty.close();
    setEnvironment(awsEnvironment());
  });

  it('is visible only when it is complete', async () => {
    const storage = await bucket.storage();
    const seen = new Set<number>();
    const content = async function* (): AsyncGenerator<Buffer> {
      for (const piece of pieces(BIG)) {
        yield piece;
        if (faulty.seen.some((line) => line.includes('partNumber=1'))) seen.add((await bucket.keys()).length);
      }
    };
    await storage.put('a/big.csv', content());
    expect([...seen]).toEqual([0]);
    expect(await bucket.keys()).toEqual(['a/big.csv']);
    expect((await bucket.read('a/big.csv')).equals(BIG)).toBe(true);
    expect(faulty.seen.filter((line) => /^PUT .*partNumber=/.test(line))).toHaveLength(3);
  });

  it('is aborted without remains when a part is rejected', async () => {
    faulty.fault = ({ url }) => (url!.includes('partNumber=2') ? { status: 403, code: 'QuotaExceeded' } : undefined);
    const storage = await bucket.storage();
    await expect(storage.put('a/big.csv', pieces(BIG))).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining(
        `could not store a/big.csv: the quota of the bucket ${bucket.name}, or of its owner`,
      ),
    });
    expect([await bucket.keys(), await bucket.unfinished()]).toEqual([[], []]);
  });

  it('is rejected by the server if a bit was changed on the way', async () => {
    const storage = await bucket.storage();
    for (const bytes of [Buffer.from('1,2\n'), BIG]) {
      faulty.fault = ({ method, headers }) =>
        method === 'PUT' && Number(headers['content-length']) > 0 ? 'changed' : undefined;
      await expect(storage.put('a/changed.csv', pieces(bytes))).rejects.toMatchObject({ code: 'unavailable' });
      expect([await bucket.keys(), await bucket.unfinished()]).toEqual([[], []]);
    }
  });

  it('that was abandoned is removed with its prefix', async () => {
    const storage = await bucket.storage();
    faulty.fault = ({ method, url }) =>
      method === 'DELETE' || url!.includes('partNumber=2') ? { status: 403, code: 'AccessDenied' } : undefined;
    await expect(storage.put('a/left.csv', pieces(BIG))).rejects.toMatchObject({ code: 'unavailable' });
    expect([await bucket.keys(), await bucket.unfinished()]).toEqual([[], ['a/left.csv']]);

    faulty.fault = () => undefined;
    await storage.put('a/left-2.csv', ['the next attempt']);
    await storage.removeAll('a/left', ['a/left-2.csv']);
    expect([await bucket.keys(), await bucket.unfinished()]).toEqual([['a/left-2.csv'], []]);
    expect(await text(await storage.get('a/left-2.csv'))).toBe('the next attempt');
  });
});
