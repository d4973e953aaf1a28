import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomBytes, randomUUID } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { Storage } from '../../src/platform/storage/storage.js';
import { type RawAnswer, ask } from './raw.js';
import { insertComplete, sha256 } from './report-rows.js';
import { NOBODY, insertReport, send } from './rest.js';
import { type Storewatch, startStorewatch } from './server.js';

const FILE = Buffer.from(`store_id,uptime\n${randomBytes(30_000).toString('hex')}\n`);
const SIZE = FILE.length;
const HASH = sha256(FILE);
const TAG = `"${HASH}"`;
const GZIP_TAG = `W/"${HASH}-gzip"`;
const FINISHED = 'Mon, 05 Oct 2026 10:00:02 GMT';
const LATER = 'Mon, 05 Oct 2026 10:00:03 GMT';
const EARLIER = 'Mon, 05 Oct 2026 10:00:01 GMT';

let server: Storewatch;
let id: string;

beforeAll(async () => {
  server = await startStorewatch();
  id = await insertComplete(server, FILE);
});
afterAll(() => server?.close());

const content = (headers: Record<string, string> = {}, verb = 'GET', of = id): Promise<RawAnswer> =>
  ask(server, `/v1/reports/${of}/content`, headers, verb);

describe('GET /v1/reports/{report_id}/content', () => {
  it('returns the file with all its headers', async () => {
    const answer = await content();

    expect(answer.status).toBe(200);
    expect(answer.bytes).toEqual(FILE);
    expect(answer.headers).toMatchObject({
      etag: TAG,
      'last-modified': FINISHED,
      'content-type': 'text/csv; charset=utf-8',
      'content-length': String(SIZE),
      'content-disposition': `attachment; filename="storewatch-report-${id}.csv"`,
      'accept-ranges': 'bytes',
      'repr-digest': `sha-256=:${Buffer.from(HASH, 'hex').toString('base64')}:`,
      'cache-control': 'private, no-cache',
      vary: 'Accept-Encoding',
    });
    expect(answer.headers).not.toHaveProperty('content-encoding');
  });

  it('answers HEAD with the same headers and no body, even with a Range', async () => {
    const { date: _date, ...headers } = (await content({ 'X-Request-Id': 'both' })).headers;
    const { date: _now, ...head } = (await content({ 'X-Request-Id': 'both' }, 'HEAD')).headers;
    expect(head).toEqual(headers);
    const answer = await content({ Range: 'bytes=0-9' }, 'HEAD');
    expect([answer.status, answer.headers['content-length'], answer.bytes.length]).toEqual([200, String(SIZE), 0]);
  });
});

describe('preconditions (RFC 9110, section 13)', () => {
  it.each([
    ['its ETag', { 'If-None-Match': TAG }],
    ['its ETag as a weak ETag', { 'If-None-Match': `W/${TAG}` }],
    ['its ETag among others', { 'If-None-Match': `"x", ${TAG}` }],
    ['any', { 'If-None-Match': '*' }],
    ['its modification time', { 'If-Modified-Since': FINISHED }],
    ['its ETag and an earlier time', { 'If-None-Match': TAG, 'If-Modified-Since': EARLIER }],
    ['its ETag and a range', { 'If-None-Match': TAG, Range: 'bytes=0-9' }],
    ['the ETag of the gzip variant', { 'If-None-Match': GZIP_TAG, 'Accept-Encoding': 'gzip' }],
  ])('If-None-Match or If-Modified-Since with %s returns 304', async (_what, headers) => {
    for (const verb of ['GET', 'HEAD']) {
      const answer = await content(headers, verb);
      expect([answer.status, answer.bytes.length]).toEqual([304, 0]);
      expect(answer.headers.etag).toBe('Accept-Encoding' in headers ? GZIP_TAG : TAG);
      expect(answer.headers).toMatchObject({ vary: 'Accept-Encoding', 'cache-control': 'private, no-cache' });
      expect(answer.headers).not.toHaveProperty('content-type');
    }
  });

  it.each([
    ['another ETag', { 'If-None-Match': '"x"' }],
    ['another ETag and a later time', { 'If-None-Match': '"x"', 'If-Modified-Since': LATER }],
    ['the ETag of the gzip variant', { 'If-None-Match': GZIP_TAG }],
    ['an earlier time', { 'If-Modified-Since': EARLIER }],
    ['the same ETag in If-Match', { 'If-Match': TAG }],
    ['the same ETag among others in If-Match', { 'If-Match': `"x", ${TAG}` }],
    ['* in If-Match', { 'If-Match': '*' }],
    ['the modification time in If-Unmodified-Since', { 'If-Unmodified-Since': FINISHED }],
    ['an invalid time', { 'If-Unmodified-Since': 'yesterday' }],
    ['the same ETag in If-Match and an earlier time', { 'If-Match': TAG, 'If-Unmodified-Since': EARLIER }],
  ])('%s returns the file', async (_what, headers) => {
    expect(await content(headers)).toMatchObject({ status: 200, bytes: FILE });
  });

  it.each([
    ['another ETag', { 'If-Match': '"x"' }, 'If-Match'],
    ['a weak ETag, which never matches', { 'If-Match': `W/${TAG}` }, 'If-Match'],
    ['the weak ETag of the gzip variant', { 'If-Match': GZIP_TAG, 'Accept-Encoding': 'gzip' }, 'If-Match'],
    ['an earlier time', { 'If-Unmodified-Since': EARLIER }, 'If-Unmodified-Since'],
  ])('If-Match or If-Unmodified-Since with %s returns 412', async (_what, headers, name) => {
    const answer = await content(headers);
    expect(answer.status).toBe(412);
    expect(answer.json()).toMatchObject({
      code: 'precondition_failed',
      detail: `The file does not match ${name}.`,
    });
    expect(answer.headers.etag).not.toContain(HASH); // The ETag is that of the problem document.
  });
});

describe('Range (RFC 9110, section 14)', () => {
  it.each([
    ['bytes=0-9', 0, 9],
    ['bytes=10-', 10, SIZE - 1],
    ['bytes=-5', SIZE - 5, SIZE - 1],
    [`bytes=-${SIZE + 1}`, 0, SIZE - 1],
    [`bytes=5-${'9'.repeat(400)}`, 5, SIZE - 1],
    ['Bytes= 0-0 ', 0, 0],
  ])('%s returns the range', async (range, start, end) => {
    const answer = await content({ Range: range });
    expect(answer).toMatchObject({ status: 206, bytes: FILE.subarray(start, end + 1) });
    expect(answer.headers).toMatchObject({
      'content-range': `bytes ${start}-${end}/${SIZE}`,
      'content-length': String(end - start + 1),
      etag: TAG,
      'repr-digest': `sha-256=:${Buffer.from(HASH, 'hex').toString('base64')}:`,
    });
  });

  it.each(['bytes=0-1,4-5', 'items=0-1', 'bytes=9-5', 'bytes=a-b', 'bytes=-', 'bytes', '0-1', 'bytes=1'])(
    '%s is ignored: the whole file is returned',
    async (range) => {
      const answer = await content({ Range: range });
      expect(answer).toMatchObject({ status: 200, bytes: FILE });
      expect(answer.headers).not.toHaveProperty('content-range');
    },
  );

  it.each([`bytes=${SIZE}-`, `bytes=${'9'.repeat(400)}-`, 'bytes=-0'])('%s cannot be satisfied', async (range) => {
    const answer = await content({ Range: range });
    expect(answer.status).toBe(416);
    expect(answer.headers['content-range']).toBe(`bytes */${SIZE}`);
    expect(answer.headers.etag).not.toContain(HASH); // The ETag is that of the problem document.
    expect(answer.json()).toMatchObject({ code: 'out_of_range', field: 'Range', title: 'Range not satisfiable' });
  });

  it.each([
    ['its ETag', TAG, 206],
    ['another ETag', '"x"', 200],
    ['its ETag as a weak ETag', `W/${TAG}`, 200],
    ['the modification time', FINISHED, 206],
    ['another time', LATER, 200],
  ])('If-Range with %s', async (_what, value, status) => {
    const answer = await content({ Range: 'bytes=0-9', 'If-Range': value });
    expect(answer).toMatchObject({ status, bytes: status === 206 ? FILE.subarray(0, 10) : FILE });
  });

  it('resumes an interrupted download to the same bytes', async () => {
    const first = await content({ Range: 'bytes=0-20000' });
    const rest = await content({ Range: `bytes=${first.bytes.length}-`, 'If-Range': first.headers.etag! });
    expect(`"${sha256(Buffer.concat([first.bytes, rest.bytes]))}"`).toBe(TAG);
  });

  it('of an empty file is never satisfied', async () => {
    const empty = await insertComplete(server, Buffer.alloc(0), 'ndjson');
    expect(await content({ Range: 'bytes=-1' }, 'GET', empty)).toMatchObject({ status: 200, bytes: Buffer.alloc(0) });
    expect((await content({ Range: 'bytes=0-' }, 'GET', empty)).status).toBe(416);
  });
});

describe('Accept-Encoding (RFC 9110, section 12.5.3)', () => {
  it.each(['gzip', 'gzip, deflate, br', 'br;q=1, gzip;q=0.1', '*', 'gzip;q=0.5, *;q=0', 'identity;q=0.1, gzip;q=0.2'])(
    '%s returns gzip',
    async (accepted) => {
      const answer = await content({ 'Accept-Encoding': accepted });
      expect(answer.headers).toMatchObject({
        'content-encoding': 'gzip',
        etag: GZIP_TAG,
        'accept-ranges': 'none',
        vary: 'Accept-Encoding',
        'content-type': 'text/csv; charset=utf-8',
      });
      for (const name of ['content-length', 'repr-digest']) expect(answer.headers).not.toHaveProperty(name);
      expect(answer.bytes.length).toBeLessThan(SIZE);
      expect(gunzipSync(answer.bytes)).toEqual(FILE);
    },
  );

  it.each(['', 'br', 'gzip;q=0', 'identity', 'identity;q=0.5, gzip;q=0.4', 'identity;q=0', '*;q=0'])(
    '"%s" returns the plain file',
    async (accepted) => {
      const answer = await content({ 'Accept-Encoding': accepted });
      expect(answer).toMatchObject({ status: 200, bytes: FILE });
      expect(answer.headers).toMatchObject({ etag: TAG, vary: 'Accept-Encoding' });
    },
  );

  it('gzip has no ranges, and no Content-Length on HEAD', async () => {
    const answer = await content({ 'Accept-Encoding': 'gzip', Range: 'bytes=0-9' });
    expect([answer.status, gunzipSync(answer.bytes)]).toEqual([200, FILE]);
    const head = await content({ 'Accept-Encoding': 'gzip' }, 'HEAD');
    expect(head.headers).toMatchObject({ 'content-encoding': 'gzip', etag: GZIP_TAG });
    expect(head.headers).not.toHaveProperty('content-length');
  });
});

describe('a report without a file', () => {
  it.each([
    ['runs', 'Running', 'is still running.', '1'],
    ['has failed', 'Failed', 'failed: The disk is full.', undefined],
    ['was cancelled', 'Cancelled', 'was cancelled.', undefined],
  ])('that %s is not ready', async (_what, status, detail, retryAfter) => {
    const of = randomUUID();
    await insertReport(server, { id: of, status, done: 0, total: null, error: 'The disk is full.' });
    const answer = await content({ 'If-None-Match': '*' }, 'GET', of);
    expect(answer.status).toBe(409);
    expect(answer.json()).toMatchObject({ code: 'not_ready', detail: `The report ${of} ${detail}` });
    expect(answer.headers['retry-after']).toBe(retryAfter);
    expect((await content({}, 'HEAD', of)).status).toBe(409);
  });

  it('that has expired is gone, and not found by get_report', async () => {
    const of = await insertComplete(server, FILE);
    await server.pool.query(`update report set expired_at = '2026-11-01T00:00:00Z' where id = $1`, [of]);
    const answer = await content({}, 'GET', of);
    expect(answer.status).toBe(410);
    expect(answer.json()).toMatchObject({ code: 'gone', detail: expect.stringMatching(/at 2026-11-01T00:00:00.000Z/) });
    expect((await send(server, `/get_report?report_id=${of}`)).status).toBe(404);
    expect((await send(server, `/v1/reports/${of}`)).json()).toMatchObject({ expired_at: '2026-11-01T00:00:00.000Z' });
  });

  it('whose file was removed by hand has the headers of an error', async () => {
    const of = await insertComplete(server, FILE);
    await server.app.get(Storage).removeAll(`reports/2026-10-05/${of}`);
    const answer = await content({ 'Accept-Encoding': 'gzip' }, 'GET', of);
    expect(answer.status).toBe(404);
    expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(answer.headers.etag).not.toContain(HASH);
    for (const name of ['last-modified', 'content-encoding', 'content-disposition']) {
      expect(answer.headers).not.toHaveProperty(name);
    }
  });

  it('with an unknown id is not found', async () => {
    expect((await content({}, 'GET', NOBODY)).status).toBe(404);
    expect((await content({}, 'GET', 'x')).status).toBe(400);
  });

  it('without a stored hash has no ETag and can be resumed by its time', async () => {
    const of = await insertComplete(server, FILE);
    await server.pool.query('update report set sha256 = null where id = $1', [of]);
    const { headers } = await content({}, 'GET', of);
    expect(headers['last-modified']).toBe(FINISHED);
    for (const name of ['etag', 'repr-digest']) expect(headers).not.toHaveProperty(name);
    expect((await content({ 'If-Modified-Since': FINISHED }, 'GET', of)).status).toBe(304);
    expect((await content({ 'If-None-Match': TAG }, 'GET', of)).status).toBe(200);
    expect((await content({ Range: 'bytes=1-2', 'If-Range': FINISHED }, 'GET', of)).status).toBe(206);
    expect((await content({ Range: 'bytes=1-2', 'If-Range': TAG }, 'GET', of)).status).toBe(200);
  });
});
