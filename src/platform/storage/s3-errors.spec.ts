import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { type IncomingHttpHeaders, type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import { Log } from '../logging/log.js';
import { S3Storage } from './s3-storage.js';

/** An error response of an S3 server, with the details of the request and the signature that it echoes. */
const SECRETS = ['AKIA-of-somebody', 'wJalr-the-secret-key', 'session-of-somebody', '20261126T000000Z-string-to-sign'];
const [ACCESS_KEY, SECRET_KEY, SESSION, TO_SIGN] = SECRETS;
const refusal = (code: string, message = 'It is refused.'): string => `<?xml version="1.0" encoding="UTF-8"?>
<Error><Code>${code}</Code><Message>${message}</Message><AWSAccessKeyId>${ACCESS_KEY}</AWSAccessKeyId>
<StringToSign>${TO_SIGN}</StringToSign><Token>${SESSION}</Token><RequestId>R-1</RequestId></Error>`;

const environment = { ...process.env };
let server: Server;
let storage: S3Storage;
let answer: { status: number; code: string; message?: string; page?: string };
let seen: IncomingHttpHeaders[];

beforeAll(async () => {
  server = createServer((request, response) => {
    seen.push(request.headers);
    const { status, code, message, page } = answer;
    const type = page === undefined ? 'application/xml' : 'text/html; charset=UTF-8';
    const body = page ?? refusal(code, message);
    const headers = { 'content-type': type, 'content-length': Buffer.byteLength(body), 'x-amz-request-id': 'R-1' };
    request.resume().once('end', () => response.writeHead(status, headers).end(body));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  Object.assign(process.env, {
    AWS_ENDPOINT_URL_S3: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: ACCESS_KEY,
    AWS_SECRET_ACCESS_KEY: SECRET_KEY,
    AWS_SESSION_TOKEN: SESSION,
    AWS_MAX_ATTEMPTS: '1',
  });
  storage = await S3Storage.open({ kind: 's3', bucket: 'bucket', prefix: '', pathStyle: undefined });
});
afterAll(async () => {
  process.env = environment;
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
});
beforeEach(() => void ([answer, seen] = [{ status: 403, code: 'SignatureDoesNotMatch' }, []]));

/** The error that a call fails with. */
const failure = async (call: Promise<unknown>): Promise<Error & { cause?: unknown }> => {
  const error: unknown = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return error as Error;
};
/** The log line of an error, as the REST and gRPC filters and the jobs write it. */
function logged(error: Error): string {
  const lines: string[] = [];
  new Log({ logLevel: 'log' }, { write: (line) => void lines.push(line) }).error('It failed.', error, 'Test');
  return lines.join('');
}

describe('an error of S3', () => {
  it('has a plain message, and the error of the server as its cause', async () => {
    expect(await failure(storage.get('a'))).toMatchObject({
      code: 'unavailable',
      message: expect.stringMatching(
        /^The storage s3:\/\/bucket\/ at http:\S+ could not read a: the signature is wrong\. Check AWS_SECRET_ACCESS_KEY/,
      ),
      cause: { message: 'SignatureDoesNotMatch: It is refused. (status 403, request R-1, attempts 1)' },
    });
  });

  it('with an unknown code shows its name and message', async () => {
    answer = { status: 418, code: 'Teapot' };
    const { message } = await failure(storage.put('a', ['1']));
    expect(message).toMatch(/could not store a: 418 Teapot "It is refused\."\.$/);
  });

  it.each([
    [501, 'NotImplemented', 'A header you provided implies functionality that is not implemented'],
    [501, 'Unknown', ''],
    [400, 'InvalidArgument', "Unsupported header 'x-amz-checksum-crc32' received for this API call."],
    [400, 'InvalidRequest', 'x-amz-sdk-checksum-algorithm is not known'],
  ])('about checksums names the setting that leaves them out: %i %s', async (status, code, message) => {
    answer = { status, code, message };
    const error = await failure(storage.put('a', ['1']));
    expect(error.message).toMatch(
      /could not store a: the server does not support .* checksums .* Set AWS_REQUEST_CHECKSUM_CALCULATION=when_required\.$/,
    );
    expect(error).toMatchObject({ code: 'unavailable', retryAfterSeconds: undefined });
    expect(seen).toHaveLength(1); // not retried
  });

  it('about something else does not mention checksums', async () => {
    answer = { status: 400, code: 'InvalidArgument', message: 'The key is too long' };
    expect((await failure(storage.put('a', ['1']))).message).toMatch(/400 InvalidArgument "The key is too long"\.$/);
  });

  it.each<[string, () => Promise<unknown>]>([
    ['put', () => storage.put('a', ['1'])],
    ['get', () => storage.get('a')],
    ['remove', () => storage.remove(['a'])],
    ['removeAll', () => storage.removeAll('a/b')],
    ['check', () => storage.check()],
  ])('is what a web page is, in the place of an answer of S3: %s', async (_what, call) => {
    answer = { status: 200, code: '', page: '<html>Sign in to the network</html>' };
    expect(await failure(call())).toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('the endpoint answered with a web page (HTML): a proxy or a sign-in page'),
    });
  });

  it('does not result from an empty response labeled as HTML, as Google sends it', async () => {
    answer = { status: 200, code: '', page: '' };
    await expect(storage.remove(['a'])).resolves.toBeUndefined();
  });

  it.each<[string, () => Promise<unknown>]>([
    ['put', () => storage.put('a', ['1'])],
    ['get', () => storage.get('a')],
    ['remove', () => storage.remove(['a'])],
    ['removeAll', () => storage.removeAll('a/b')],
    ['check', () => storage.check()],
  ])('holds nothing of the request, nor of what the server knows: %s', async (_what, call) => {
    const error = await failure(call());
    expect(error.cause).toBeInstanceOf(Error);
    expect(logged(error)).toMatch(/"cause":\{.*SignatureDoesNotMatch/);
    // Everything that a logger or tracer could find.
    for (const text of [inspect(error, { depth: Infinity, showHidden: true }), logged(error)]) {
      for (const secret of SECRETS) expect(text).not.toContain(secret);
    }
  });
});

describe('AWS_REQUEST_CHECKSUM_CALCULATION=when_required', () => {
  it('is read by the SDK: uploads then have no checksum', async () => {
    const sums = (): string[] =>
      seen.flatMap((headers) => Object.keys(headers)).filter((name) => /checksum|trailer/.test(name));
    answer = { status: 200, code: '', page: '' };
    await storage.put('a', ['1']);
    expect(sums().length).toBeGreaterThan(0);

    process.env['AWS_REQUEST_CHECKSUM_CALCULATION'] = 'when_required';
    const without = await S3Storage.open({ kind: 's3', bucket: 'bucket', prefix: '', pathStyle: undefined });
    seen = [];
    await without.put('a', ['1']);
    expect(seen).toHaveLength(1);
    expect(sums()).toEqual([]);
  });
});
