import { afterEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { problemOf, send, sendFile, sendJson } from './rest.js';
import { type Storewatch, startStorewatch } from './server.js';

let server: Storewatch;

afterEach(() => server?.close());

const MB = 1024 * 1024;
const batch = (storeId: string): object => ({
  polls: [{ store_id: storeId, status: 'active', timestamp_utc: '2026-10-05T10:10:00Z' }],
});

/** Starts a request that the server has admitted and whose body is not sent yet. */
async function begin(path: string, contentType: string): Promise<ClientRequest> {
  const headers = { 'Content-Type': contentType, 'Transfer-Encoding': 'chunked', Expect: '100-continue' };
  const begun = request(server.http + path, { method: 'POST', headers });
  begun.flushHeaders();
  await once(begun, 'continue');
  return begun;
}

async function finish(begun: ClientRequest, body: string): Promise<number> {
  begun.end(body);
  const [response] = (await once(begun, 'response')) as [IncomingMessage];
  response.resume();
  return response.statusCode!;
}

describe('a body that is too large', () => {
  it('is rejected as JSON', async () => {
    server = await startStorewatch({ MAX_BODY_BYTES: '2000' });

    const problem = problemOf(await sendJson(server, 'POST', '/v1/polls', batch('x'.repeat(3_000))));

    expect(problem).toMatchObject({ status: 413, code: 'too_large' });
    expect(problem.detail).toBe('The body has more than 2000 bytes (MAX_BODY_BYTES).');
  });

  it('is rejected as gzipped JSON', async () => {
    server = await startStorewatch({ MAX_BODY_BYTES: '2000' });
    const body = gzipSync(JSON.stringify(batch('x'.repeat(1_000_000))));
    expect(body.length).toBeLessThan(2_000);

    const headers = { 'Content-Type': 'application/json', 'Content-Encoding': 'gzip' };
    const answer = await send(server, '/v1/polls', { method: 'POST', headers, body });

    expect(problemOf(answer)).toMatchObject({ status: 413, code: 'too_large' });
  });

  it('is rejected as a file, by its Content-Length or by the bytes received', async () => {
    server = await startStorewatch({ MAX_UPLOAD_BYTES: '2000' });
    const rows = `store_id,timezone_str\n${'a,Asia/Tokyo\n'.repeat(1_000)}`;
    const stream = Readable.toWeb(Readable.from(rows.match(/.{1,100}/gs)!)) as ReadableStream;

    const known = problemOf(await sendFile(server, 'store_timezones', rows));
    const streamed = problemOf(
      await send(server, '/v1/imports/store_timezones', {
        method: 'POST',
        body: stream,
        duplex: 'half',
      }),
    );

    expect(known).toMatchObject({ status: 413, code: 'too_large' });
    expect(known.detail).toMatch(/^The body has more than 2000 bytes \(MAX_UPLOAD_BYTES\)/);
    expect(streamed).toMatchObject({ status: 413, code: 'too_large', import_id: expect.any(String) });
    expect(streamed.detail).toMatch(/^The body holds more than 2000 bytes \(MAX_UPLOAD_BYTES\); .* after line \d+\./);
  });

  it('is rejected as 10 MB of gzip that would unpack to 10 GB', async () => {
    server = await startStorewatch();
    const member = gzipSync('store_id,timezone_str\n'.padEnd(16 * MB, 'a,Asia/Tokyo\n'));
    const members = Readable.from(Array.from({ length: 640 }, () => member));

    const answer = await send(server, '/v1/imports/store_timezones', {
      method: 'POST',
      body: Readable.toWeb(members) as ReadableStream,
      duplex: 'half',
    });

    const problem = problemOf(answer);
    expect(problem).toMatchObject({ status: 413, code: 'too_large' });
    const [, , packed, unpacked] = /more than (\d+) times their size .*: (\d+) bytes to (\d+);/.exec(problem.detail)!;
    expect(Number(packed)).toBeLessThan(MB);
    expect(Number(unpacked)).toBeLessThan(17 * MB);
  });
});

describe('concurrency limits', () => {
  it('reject another batch until one is done', async () => {
    server = await startStorewatch({ MAX_BATCHES_AT_ONCE: '2' });
    const begun = [await begin('/v1/polls', 'application/json'), await begin('/v1/polls', 'application/json')];

    const answer = await sendJson(server, 'POST', '/v1/polls', batch('c'));

    expect(answer.headers.get('retry-after')).toBe('1');
    expect(problemOf(answer)).toMatchObject({ status: 429, code: 'resource_exhausted' });
    expect(problemOf(answer).detail).toMatch(/^Too many concurrent batches: the limit is 2 \(MAX_BATCHES_AT_ONCE\)/);
    expect((await send(server, '/v1/stores')).status).toBe(200);
    expect(await finish(begun[0], JSON.stringify(batch('a')))).toBe(200);
    expect(await sendJson(server, 'POST', '/v1/polls', batch('c'))).toMatchObject({ status: 200 });
    expect(await finish(begun[1], JSON.stringify(batch('b')))).toBe(200);
  });

  it('reject another import until one ends or is aborted', async () => {
    server = await startStorewatch({ MAX_IMPORTS_AT_ONCE: '2' });
    const path = '/v1/imports/store_timezones';
    const begun = [await begin(path, 'text/csv'), await begin(path, 'text/csv')];
    const rows = 'store_id,timezone_str\na,Asia/Tokyo\n';

    const answer = await sendFile(server, 'store_timezones', rows);

    expect(answer.headers.get('retry-after')).toBe('10');
    expect(problemOf(answer)).toMatchObject({ status: 429, code: 'resource_exhausted' });
    expect(problemOf(answer).detail).toMatch(/^Too many concurrent imports: the limit is 2 \(MAX_IMPORTS_AT_ONCE\)/);
    expect(await finish(begun[0], rows)).toBe(201);
    expect(await sendFile(server, 'store_timezones', rows)).toMatchObject({ status: 201 });
    begun[1].on('error', () => {}).destroy();
    const both = async (): Promise<number[]> =>
      (await Promise.all([1, 2].map(() => sendFile(server, 'store_timezones', rows)))).map(({ status }) => status);
    let statuses: number[];
    while ((statuses = await both()).includes(429)) expect(statuses).toContain(201);
    expect(statuses).toEqual([201, 201]);
  });

  it('reject requests beyond the queue for the database, and serve those in the queue', async () => {
    server = await startStorewatch({ DATABASE_POOL_SIZE: '5' });
    const held = await Promise.all([1, 2, 3, 4, 5].map(() => server.pool.connect()));
    const ownWork = [1, 2, 3].map(() => server.pool.query('select 1'));

    const answers = Array.from({ length: 135 }, () => send(server, '/v1/stores'));
    const refused = new Set<Promise<unknown>>();
    for (const answer of answers) void answer.then(({ status }) => status === 429 && refused.add(answer));
    while (refused.size < 10) await new Promise(setImmediate);
    for (const client of held) client.release();

    const statuses = (await Promise.all(answers)).map(({ status }) => status);
    expect(statuses.filter((status) => status === 200)).toHaveLength(125);
    expect(statuses.filter((status) => status === 429)).toHaveLength(10);
    expect(await Promise.all(ownWork)).toHaveLength(3);
  });

  it('serve each request in full or reject it with Retry-After', async () => {
    server = await startStorewatch({ MAX_BATCHES_AT_ONCE: '4' });
    const outcomes: { storeId: string; status: number; retryAfter: string | null }[] = [];
    const client = async (name: number): Promise<void> => {
      for (let i = 0; i < 10; i++) {
        const storeId = `o${name}-${i}`;
        const { status, headers } = await sendJson(server, 'POST', '/v1/polls', batch(storeId));
        outcomes.push({ storeId, status, retryAfter: headers.get('retry-after') });
      }
    };

    await Promise.all(Array.from({ length: 40 }, (_, name) => client(name)));

    expect(outcomes).toHaveLength(400);
    const served = outcomes.filter(({ status }) => status === 200).map(({ storeId }) => storeId);
    const refused = outcomes.filter(({ status, retryAfter }) => status === 429 && retryAfter === '1');
    expect(served.length + refused.length).toBe(400);
    expect(refused.length).toBeGreaterThan(0);
    const { rows } = await server.pool.query(
      'select external_id from poll join store on store.id = store_id order by external_id',
    );
    expect(rows.map(({ external_id: id }) => id)).toEqual(served.sort());
  });
});
