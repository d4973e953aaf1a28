import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { freePort } from '../../src/edge/http/ports.js';
import { Proxy } from '../faults/proxy.js';
import { BIG, pieces } from '../setup/storage-contract.js';
import { Bucket, awsEnvironment, endpointPort, setEnvironment, stranger, user } from './bucket.js';
import { Faulty } from './faulty.js';

const execute = promisify(execFile);

const USES = fileURLToPath(new URL('uses.mjs', import.meta.url));
const NO_SECRET = { accessKeyId: '', secretAccessKey: '' };

let bucket: Bucket;
let faulty: Faulty;

beforeEach(async () => {
  [bucket, faulty] = [await Bucket.create(), await Faulty.start()];
});
afterEach(async () => {
  bucket.close();
  await faulty.close();
});

interface Way {
  readonly environment: Record<string, string>;
  readonly bucketName?: string;
}

/** The error of each use of the storage. Checks that none reveals a secret. */
async function problem({ environment, bucketName = bucket.name }: Way): Promise<string> {
  const { stdout } = await execute(process.execPath, [USES], {
    env: { ...environment, STORAGE_URL: `s3://${bucketName}/reports` },
  });
  const reasons = (JSON.parse(stdout) as [string, string, string, string][]).map(([before, code, message, all]) => {
    expect({ code, message }).toEqual({ code: 'unavailable', message: expect.stringContaining(before) });
    expect(all).not.toMatch(`${user.secretAccessKey}|${user.accessKeyId}|Signature=|hidden-password`);
    return message.slice(before.length);
  });
  return [...new Set(reasons)].join('\n');
}

describe('a storage error says what is wrong and what to check', () => {
  it('without credentials', async () => {
    expect(await problem({ environment: awsEnvironment(faulty.url, NO_SECRET) })).toBe(
      'no credentials are configured. Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or give the process a profile or a role.',
    );
  });

  it('when the secret is wrong', async () => {
    const environment = awsEnvironment(faulty.url, { ...user, secretAccessKey: 'wrong' });
    expect(await problem({ environment })).toBe('the signature is wrong. Check AWS_SECRET_ACCESS_KEY, and AWS_REGION.');
  });

  it('when the access key is unknown', async () => {
    const environment = awsEnvironment(faulty.url, { ...user, accessKeyId: 'unknown' });
    expect(await problem({ environment })).toBe(
      'the server does not know the access key. Check AWS_ACCESS_KEY_ID and the endpoint.',
    );
  });

  it('when the credentials do not allow access to the bucket', async () => {
    const withPassword = faulty.url.replace('//', '//me:hidden-password@');
    expect(await problem({ environment: awsEnvironment(withPassword, stranger) })).toBe(
      `the credentials may not do that in the bucket ${bucket.name}. docs/operations.md lists the permissions under Storage.`,
    );
  });

  it('when the bucket does not exist', async () => {
    expect(await problem({ environment: awsEnvironment(), bucketName: 'nobodys' })).toBe(
      'there is no bucket nobodys. Create it, or check STORAGE_URL, AWS_REGION and AWS_ENDPOINT_URL_S3.',
    );
  });

  it('without a region', async () => {
    const { AWS_REGION: _, ...environment } = awsEnvironment();
    for (const region of [{}, { AWS_REGION: 'no region' }]) {
      expect(await problem({ environment: { ...environment, ...region } })).toBe(
        'the region is missing or invalid. Set AWS_REGION (us-east-1 if the server has no regions).',
      );
    }
  });

  it('when the bucket is in another region', async () => {
    faulty.fault = () => ({ status: 400, code: 'AuthorizationHeaderMalformed' });
    expect(await problem({ environment: awsEnvironment(faulty.url) })).toBe(
      `the bucket ${bucket.name} is in another region. Check AWS_REGION.`,
    );
  });

  it('when nothing listens at the endpoint', async () => {
    const environment = awsEnvironment(`http://127.0.0.1:${await freePort('127.0.0.1')}`);
    expect(await problem({ environment })).toBe(
      'the connection was refused. Check AWS_ENDPOINT_URL_S3, and that the server runs.',
    );
  });

  it('when the endpoint is not a URL, has an unknown host, or has no TLS', async () => {
    expect(await problem({ environment: awsEnvironment('storage:9000') })).toBe(
      'the endpoint is not a URL. Check AWS_ENDPOINT_URL_S3: http://host:port or https://host.',
    );
    expect(await problem({ environment: awsEnvironment('http://nowhere.invalid') })).toContain(
      'the host of the endpoint',
    );
    expect(await problem({ environment: awsEnvironment(faulty.url.replace('http', 'https')) })).toContain(
      'the endpoint has no trusted TLS certificate',
    );
  });

  it('when the server keeps failing', async () => {
    faulty.fault = () => ({ status: 503, code: 'SlowDown' });
    expect(await problem({ environment: awsEnvironment(faulty.url) })).toBe(
      [' SlowDown', ''].map((code) => `the server answered with 503${code}, also after retries.`).join('\n'),
    );
    expect(faulty.seen.filter((line) => line.startsWith('GET') && line.includes('x.csv'))).toHaveLength(3);
  });
});

describe('a server that fails now and then', () => {
  it.each([500, 503])('is retried after %i without an error', async (status) => {
    setEnvironment(awsEnvironment(faulty.url));
    const failed = new Set<string>();
    // every request once
    faulty.fault = ({ method, url }) => {
      const line = `${method} ${url}`;
      if (failed.has(line)) return undefined;
      failed.add(line);
      return { status, code: 'InternalError' };
    };
    const storage = await bucket.storage();
    await storage.put('a/x.csv', pieces(BIG));
    await storage.check();
    expect(await text(await storage.get('a/x.csv'))).toBe(BIG.toString());
    await storage.removeAll('a/x');
    expect([await bucket.keys(), await bucket.unfinished()]).toEqual([[], []]);
  });

  it('is not retried when it breaks off in the middle of a file: that is an error', async () => {
    setEnvironment(awsEnvironment(faulty.url));
    const storage = await bucket.storage();
    await storage.put('a/x.csv', pieces(BIG));
    faulty.fault = () => ({ cutAfter: 700_000 });
    const message = expect.stringMatching(/could not read a\/x\.csv: the connection broke off\.$/);
    await expect(text(await storage.get('a/x.csv'))).rejects.toMatchObject({ code: 'unavailable', message });
  });
});

describe('a slow server', () => {
  it('is awaited while bytes arrive', async () => {
    const proxy = await Proxy.to(endpointPort);
    try {
      setEnvironment(awsEnvironment(`http://127.0.0.1:${proxy.port}`));
      proxy.set({ latencyMs: 5, bytesPerSecond: 8_000_000 });
      const storage = await bucket.storage();
      await storage.put('a/x.csv', pieces(BIG));
      await storage.check();
      expect(await text(await storage.get('a/x.csv'))).toBe(BIG.toString());
    } finally {
      await proxy.close();
    }
  });

  it('is not awaited when it sends nothing', async () => {
    // A use that tries three times takes three times as long.
    setEnvironment({ ...awsEnvironment(faulty.url), AWS_MAX_ATTEMPTS: '1' });
    const storage = await bucket.storage();
    await storage.put('a/x.csv', pieces(BIG));
    faulty.fault = ({ method }) => (method === 'GET' ? { silentAfter: 700_000 } : 'no answer');
    const startedAt = performance.now();
    const late = {
      code: 'unavailable',
      message: expect.stringContaining('the server did not answer in time. Check AWS_ENDPOINT_URL_S3'),
    };
    await Promise.all([
      expect(storage.check()).rejects.toMatchObject(late),
      expect(storage.get('a/x.csv').then(text)).rejects.toMatchObject(late),
      expect(storage.put('a/y.csv', ['1'])).rejects.toMatchObject(late),
    ]);
    expect(performance.now() - startedAt).toBeLessThan(30_000);
  });
});
