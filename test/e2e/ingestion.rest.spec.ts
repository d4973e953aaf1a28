import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { gzipSync } from 'node:zlib';
import { EXAMPLE, EXAMPLE_REPORT, loadExample } from './example.js';
import { NOBODY, UUID, load, newReport, problemOf, rejectsOf, send, sendFile, sendJson } from './rest.js';
import { type Storewatch, startStorewatch } from './server.js';

const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const ROWS: Record<keyof typeof EXAMPLE, number> = { store_status: 5, business_hours: 2, store_timezones: 3 };
const KINDS = Object.keys(ROWS) as (keyof typeof EXAMPLE)[];

let server: Storewatch;

beforeAll(async () => {
  server = await startStorewatch({ MAX_POLLS_PER_BATCH: '8' });
});
afterAll(() => server?.close());

describe('POST /v1/imports/{kind}', () => {
  it.each(KINDS)('loads %s and counts its rows', async (kind) => {
    const fresh = await startStorewatch();
    try {
      const answer = await sendFile(fresh, kind, EXAMPLE[kind]);

      expect(answer.status).toBe(201);
      expect(answer.json()).toEqual({
        import_id: expect.stringMatching(UUID),
        kind,
        status: 'Complete',
        read: ROWS[kind],
        accepted: ROWS[kind],
        duplicate: 0,
        rejected: 0,
        error: null,
        reject_reasons: [],
        warnings: [],
        started_at: expect.stringMatching(INSTANT),
        finished_at: expect.stringMatching(INSTANT),
      });
    } finally {
      await fresh.close();
    }
  });

  it('counts every row of a repeated file as a duplicate and leaves the report unchanged, byte for byte', async () => {
    const fresh = await startStorewatch();
    try {
      await loadExample(fresh);
      const before = await newReport(fresh);

      const again = await loadExample(fresh);

      expect(again.map(({ read, accepted, duplicate, rejected }) => [read, accepted, duplicate, rejected])).toEqual(
        KINDS.map((kind) => [ROWS[kind], 0, ROWS[kind], 0]),
      );
      const after = await newReport(fresh);
      expect(before.csv.text).toBe(EXAMPLE_REPORT);
      expect(after.csv.bytes).toEqual(before.csv.bytes);
    } finally {
      await fresh.close();
    }
  });

  it.each(KINDS)('reads %s with gzip like the plain file', async (kind) => {
    const fresh = await startStorewatch();
    try {
      const zipped = await load(fresh, kind, gzipSync(EXAMPLE[kind]), { 'Content-Encoding': 'gzip' });
      const unnamed = await load(fresh, kind, gzipSync(EXAMPLE[kind]));

      expect(zipped).toMatchObject({ read: ROWS[kind], accepted: ROWS[kind], duplicate: 0, rejected: 0 });
      expect(unnamed).toMatchObject({ read: ROWS[kind], accepted: 0, duplicate: ROWS[kind], rejected: 0 });
    } finally {
      await fresh.close();
    }
  });

  it('uses the last row of a store as its zone', async () => {
    const { accepted, duplicate } = await load(
      server,
      'store_timezones',
      'store_id,timezone_str\nlast,Asia/Tokyo\nlast,Europe/Paris\n',
    );

    expect({ accepted, duplicate }).toEqual({ accepted: 1, duplicate: 1 });
    expect((await send(server, '/v1/stores/last')).json()).toMatchObject({ timezone: 'Europe/Paris' });
  });

  it.each([
    ['a form', 'multipart/form-data; boundary=x', '--x\r\n\r\nstore_id\r\n--x--\r\n'],
    ['JSON', 'application/json', '{"store_id":"1"}'],
  ])('rejects %s', async (_what, type, body) => {
    const answer = await sendFile(server, 'store_status', body, { 'Content-Type': type });

    expect(answer.status).toBe(415);
    expect(problemOf(answer)).toMatchObject({ code: 'unsupported' });
    expect(problemOf(answer).detail).toContain('send the file itself as text/csv');
  });

  it('rejects an unknown encoding', async () => {
    const answer = await sendFile(server, 'store_status', 'x', { 'Content-Encoding': 'br' });

    expect(answer.status).toBe(415);
    expect(problemOf(answer).detail).toContain('Content-Encoding must be gzip or absent, got "br"');
  });
});

describe('GET /v1/imports/{import_id}', () => {
  it('returns the result of the import', async () => {
    const loaded = await load(server, 'store_timezones', EXAMPLE.store_timezones);

    const answer = await send(server, `/v1/imports/${loaded.import_id}`);

    expect(answer.status).toBe(200);
    expect(answer.json()).toEqual(loaded);
  });

  it('lists the rejected rows as a CSV, in the order of the file', async () => {
    const { import_id: id } = await load(
      server,
      'store_timezones',
      'store_id,timezone_str\nr1,Mars/Olympus\nr2,Asia/Tokyo\n,Asia/Tokyo\n\n=r3\n',
    );

    const answer = await send(server, `/v1/imports/${id}/rejects`);

    expect(answer.headers.get('content-type')).toBe('text/csv; charset=utf-8');
    expect(answer.headers.get('content-disposition')).toBe(`attachment; filename="rejects-${id}.csv"`);
    expect(answer.text).toBe(
      [
        'line,reason,raw_row',
        '2,"timezone_str: ""Mars/Olympus"" is not a zone of the tz database; write one such as America/New_York","r1,Mars/Olympus"',
        '4,store_id is empty,",Asia/Tokyo"',
        `6,"the row has 1 fields, the header 2",'=r3`,
        '',
      ].join('\n'),
    );
  });

  it('lists only the header when no row was rejected', async () => {
    const { import_id: id } = await load(server, 'store_timezones', EXAMPLE.store_timezones);

    expect(await rejectsOf(server, id)).toEqual([]);
  });

  it.each(['', '/rejects'])('rejects unknown and malformed ids: /v1/imports/{import_id}%s', async (rest) => {
    const stranger = await send(server, `/v1/imports/${NOBODY}${rest}`);
    const malformed = await send(server, `/v1/imports/42${rest}`);

    expect(problemOf(stranger)).toMatchObject({ status: 404, detail: `There is no import "${NOBODY}".` });
    expect(problemOf(malformed)).toMatchObject({ status: 400, field: 'import_id' });
  });
});

describe('POST /v1/polls', () => {
  const poll = (id: string, second = 0): Record<string, unknown> => ({
    store_id: id,
    status: 'active',
    timestamp_utc: `2023-01-22T12:09:0${second}Z`,
  });
  const ingest = (polls: unknown): ReturnType<typeof sendJson> => sendJson(server, 'POST', '/v1/polls', { polls });

  it('accepts polls and counts duplicates', async () => {
    const answer = await ingest([poll('p1'), { ...poll('p1', 1), status: ' INACTIVE ' }, poll('p1')]);
    const again = await ingest([poll('p1'), poll('p1', 1), poll('p1', 2)]);

    expect(answer.status).toBe(200);
    expect(answer.json()).toEqual({ read: 3, accepted: 2, duplicate: 1, rejected: 0, rejects: [] });
    // inactive wins over the active of the second poll
    expect(again.json()).toEqual({ read: 3, accepted: 1, duplicate: 2, rejected: 0, rejects: [] });
  });

  it('accepts the valid polls of a batch and says what is wrong with each of the others', async () => {
    const inAnHour = new Date(Date.now() + 3_600_000).toISOString();

    const answer = await ingest([
      { ...poll('p2'), status: 'maybe' },
      poll('p2'),
      { ...poll('p2'), timestamp_utc: '2023-02-29T00:00:00Z' },
      { ...poll('p2'), store_id: 8_139_926_242_460_185 },
      { ...poll('p2'), note: 'x' },
      'p2,active',
      { ...poll('p2'), timestamp_utc: inAnHour },
      { ...poll('p2'), timestamp_utc: '1999-12-31T23:59:59.999Z' },
    ]);

    expect(answer.status).toBe(200);
    const { rejects, ...counts } = answer.json() as { rejects: { index: number; field: string; reason: string }[] };
    expect(counts).toEqual({ read: 8, accepted: 1, duplicate: 0, rejected: 7 });
    expect(rejects.map(({ index, field }) => [index, field])).toEqual([
      [0, 'status'],
      [2, 'timestamp_utc'],
      [3, 'store_id'],
      [4, 'note'],
      [5, ''],
      [6, 'timestamp_utc'],
      [7, 'timestamp_utc'],
    ]);
    const reasons = rejects.map(({ reason }) => reason);
    expect(reasons[0]).toBe('"maybe" is neither active nor inactive');
    expect(reasons[1]).toMatch(/^"2023-02-29T00:00:00Z" is not a timestamp; write /);
    expect(reasons[2]).toBe('8139926242460185 is not text; write ids in quotes');
    expect(reasons[3]).toBe('there is no field "note"');
    expect(reasons[4]).toBe('"p2,active" is not an object with store_id, status and timestamp_utc');
    expect(reasons[5]).toMatch(new RegExp(`^${inAnHour} lies in the future: it is \\d{4}-`));
    expect(reasons[6]).toBe('1999-12-31T23:59:59.999Z is before 2000-01-01T00:00:00.000Z');
  });

  it.each([
    ['missing', { status: 'active', timestamp_utc: '2023-01-22T12:09:00Z' }, /is not text/],
    ['empty', poll(''), /is empty/],
    ['blank', poll('  '), /is empty/],
    ['with a NUL', poll('a\0b'), /holds a control character/],
    ['with half a surrogate pair', poll('a\ud800'), /is not valid UTF-8/],
    ['longer than 255 characters', poll('x'.repeat(256)), /is longer than 255 characters/],
  ])('rejects a store_id that is %s', async (_what, item, reason) => {
    const answer = await ingest([item, null, []]);

    const { rejects } = answer.json() as { rejects: object[] };
    expect(rejects).toHaveLength(3);
    expect(rejects[0]).toEqual({ index: 0, field: 'store_id', reason: expect.stringMatching(reason) });
  });

  it('rejects the whole batch if it is too large', async () => {
    const polls = Array.from({ length: 9 }, (_, i) => poll('p3', i));

    const refused = await ingest(polls);
    const taken = await ingest(polls.slice(0, 8));

    expect(refused.status).toBe(413);
    expect(problemOf(refused)).toMatchObject({ code: 'too_large', field: 'polls' });
    expect(problemOf(refused).detail).toContain('A batch must have at most 8 polls (MAX_POLLS_PER_BATCH), got 9');
    expect(taken.json()).toMatchObject({ read: 8, accepted: 8 });
  });

  it.each([
    ['no polls', '{}', 'polls'],
    ['polls that are not an array', '{"polls":{}}', 'polls'],
    ['an unknown field', '{"polls":[],"source":"x"}', 'source'],
  ])('rejects a body with %s', async (_what, body, field) => {
    const answer = await sendJson(server, 'POST', '/v1/polls', body);

    expect(answer.status).toBe(400);
    expect(problemOf(answer)).toMatchObject({ field });
  });

  it('accepts an empty batch', async () => {
    expect((await ingest([])).json()).toEqual({ read: 0, accepted: 0, duplicate: 0, rejected: 0, rejects: [] });
  });
});
