import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type OpenApi, operationsOf } from '../fuzz/operations.js';
import { loadExample } from './example.js';
import { problemOf, send, sendFile, sendJson } from './rest.js';
import { type Storewatch, startStorewatch } from './server.js';

let server: Storewatch;

beforeAll(async () => {
  server = await startStorewatch();
  await loadExample(server); // Without a poll, a report is rejected before its windows are checked.
});
afterAll(() => server?.close());

describe('a problem names the source of the error', () => {
  it('in the body with a pointer', async () => {
    const windows = [
      { name: 'a', duration: '1h' },
      { name: 'b', from: 'yesterday', to: '2020-01-01T00:00:00Z' },
    ];

    const { field, detail, errors } = problemOf(await sendJson(server, 'POST', '/v1/reports', { windows }));

    expect(field).toBe('windows[1].from');
    expect(errors).toEqual([{ pointer: '#/windows/1/from', detail }]);
  });

  it('in the path or the query with the parameter', async () => {
    const paths = ['/v1/stores?page_size=no', '/get_report', '/v1/imports/42', '/v1/reports/42'];

    const found = await Promise.all(paths.map(async (path) => problemOf(await send(server, path)).errors));

    expect(found.map((errors) => errors?.map(({ parameter }) => parameter))).toEqual([
      ['page_size'],
      ['report_id'],
      ['import_id'],
      ['report_id'],
    ]);
  });

  it('in a header with its name', async () => {
    const headers = { 'Idempotency-Key': 'a key' };

    const { errors } = problemOf(await send(server, '/trigger_report', { method: 'POST', headers }));

    expect(errors).toMatchObject([{ header: 'idempotency-key' }]);
  });

  it('in several places with one entry each', async () => {
    const answer = await sendJson(server, 'POST', '/v1/polls', { poll: [], batch: 1 });

    expect(problemOf(answer).errors).toEqual([
      { pointer: '#/poll', detail: 'Unknown field "poll".' },
      { pointer: '#/batch', detail: 'Unknown field "batch".' },
      { pointer: '#/polls', detail: 'polls must be an array.' },
    ]);
  });

  it('in the body as a whole with the root pointer', async () => {
    expect(problemOf(await sendJson(server, 'POST', '/v1/reports', [])).errors).toMatchObject([{ pointer: '#' }]);
  });
});

describe('an unknown query parameter', () => {
  it('is rejected by every operation, listing the known ones', async () => {
    const document = (await send(server, '/docs-json')).json() as OpenApi;
    const operations = operationsOf(document).filter(({ path }) => !path.includes('{odd}'));

    for (const { verb, path, queryNames } of operations) {
      const url = `${path.replaceAll(/\{\w+\}/g, 'x')}?__proto__=2&pagesize=1`;
      const answer = await send(server, url, { method: verb });

      expect([verb, path, answer.status]).toEqual([verb, path, 400]);
      if (verb === 'HEAD') {
        expect(answer.text).toBe('');
        continue;
      }
      const expected = queryNames.length === 0 ? 'this operation has none' : `expected ${queryNames.join(', ')}`;
      expect(problemOf(answer).errors).toEqual([
        { parameter: '__proto__', detail: `Unknown query parameter "__proto__"; ${expected}.` },
        { parameter: 'pagesize', detail: `Unknown query parameter "pagesize"; ${expected}.` },
      ]);
    }
    expect(operations.length).toBeGreaterThan(25);
  });

  it('a known query parameter is accepted once and rejected when repeated', async () => {
    expect((await send(server, '/v1/stores?page_size=1')).status).toBe(200);
    const answer = await send(server, '/v1/stores?page_size=1&page_size=1');

    expect(answer.status).toBe(400);
    expect(problemOf(answer).errors).toEqual([
      { parameter: 'page_size', detail: 'page_size: occurs 2 times; send it once.' },
    ]);
  });
});

describe('an unknown field in a body', () => {
  it.each([
    ['POST', '/trigger_report', { asof: 1 }, '#/asof'],
    ['POST', '/v1/reports', { windows: [{ name: 'a', duration: '1h', end: 1 }] }, '#/windows/0/end'],
    ['PUT', '/v1/stores/a/timezone', { timezone: 'Asia/Tokyo', zone: 1 }, '#/zone'],
    ['PUT', '/v1/stores/a/life', { opened: 1 }, '#/opened'],
    ['PUT', '/v1/stores/a/business_hours', { business_hours: [{ day: 1 }] }, '#/business_hours/0/day'],
    ['PUT', '/v1/stores/a/special_hours/2026-12-25', { hours: [{ day_of_week: 1 }] }, '#/hours/0/day_of_week'],
  ])('is rejected by %s %s', async (verb, path, body, pointer) => {
    const answer = await sendJson(server, verb, path, body);

    expect(answer.status).toBe(400);
    expect(problemOf(answer).errors).toMatchObject([{ pointer }]);
  });

  it('rejects only the poll that has it', async () => {
    const poll = { store_id: 'a', status: 'active', timestamp_utc: '2026-01-12T15:14:00Z', at: 1 };

    const answer = await sendJson(server, 'POST', '/v1/polls', { polls: [poll] });

    expect(answer.json()).toMatchObject({ rejects: [{ index: 0, field: 'at', reason: 'there is no field "at"' }] });
  });
});

describe('every rejection is a problem document', () => {
  it.each<[string, () => ReturnType<typeof send>, number, string]>([
    ['malformed JSON', () => sendJson(server, 'POST', '/v1/polls', '{"polls": ['), 400, 'invalid_argument'],
    [
      'an unsupported content type',
      () => send(server, '/v1/polls', { method: 'POST', body: 'a', headers: { 'Content-Type': 'text/plain' } }),
      415,
      'unsupported',
    ],
    [
      'JSON where a file is expected',
      () => sendFile(server, 'store_status', '{}', { 'Content-Type': 'application/json' }),
      415,
      'unsupported',
    ],
    ['a path that cannot be decoded', () => send(server, '/v1/stores/%ff'), 400, 'invalid_argument'],
    ['an unknown path', () => send(server, '/v2/stores'), 404, 'not_found'],
  ])('%s', async (_what, ask, status, code) => {
    const answer = await ask();

    expect(answer.status).toBe(status);
    expect(problemOf(answer)).toMatchObject({ code });
  });
});
