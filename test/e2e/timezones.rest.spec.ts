import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Schemas, answered, restClient } from './client.js';
import { load, problemOf, send, sendJson } from './rest.js';
import { type Storewatch, startStorewatch } from './server.js';

/** A store that only has weekly hours. */
const NO_NAME = { name: null, tags: {} };
const NO_SPECIAL = { special_hours: [], opened_on: null, closed_on: null };

const storePath = (id: string): string => `/v1/stores/${encodeURIComponent(id)}`;

let server: Storewatch;

beforeAll(async () => {
  server = await startStorewatch();
});
afterAll(() => server?.close());

describe('GET /v1/stores', () => {
  let listed: Storewatch;
  /** Sorted by code point, which is neither numeric nor UTF-16 order. */
  const ids = ['-42', '10', '9', 'B', 'a', '\uff5e', '😀'];

  beforeAll(async () => {
    listed = await startStorewatch();
    await load(listed, 'store_timezones', `store_id,timezone_str\n${ids.map((id) => `${id},Asia/Tokyo\n`).join('')}`);
  });
  afterAll(() => listed?.close());

  const page = async (query: { page_size?: number; page_token?: string } = {}): Promise<Schemas['StorePageDto']> =>
    answered(await restClient(listed).GET('/v1/stores', { params: { query } }));

  it('lists all stores, ordered by id', async () => {
    expect(await page()).toEqual({
      stores: ids.map((id) => ({ store_id: id, ...NO_NAME, timezone: 'Asia/Tokyo' })),
      next_page_token: null,
    });
  });

  it.each([1, 2, 3])('returns every store once in pages of %d', async (size) => {
    const seen: string[] = [];
    for (let token: string | null = ''; token !== null;) {
      const { stores, next_page_token: next }: Schemas['StorePageDto'] = await page({
        page_size: size,
        page_token: token,
      });
      expect(stores.length).toBeLessThanOrEqual(size);
      seen.push(...stores.map((store) => store.store_id));
      token = next;
    }
    expect(seen).toEqual(ids);
  });

  it('has no next page token on the last page, even if that page is full', async () => {
    expect((await page({ page_size: ids.length })).next_page_token).toBeNull();
  });

  it.each([
    ['page_size', 'page_size=0'],
    ['page_size', 'page_size=1001'],
    ['page_size', 'page_size=2.5'],
    ['page_size', 'page_size=many'],
    ['page_size', 'page_size=1&page_size=2'],
    ['page_token', 'page_token=!!!'],
    ['page_token', 'page_token=a&page_token=b'],
    ['page_token', `page_token=${Buffer.from('\0').toString('base64url')}`],
  ])('rejects an invalid %s: ?%s', async (field, query) => {
    const answer = await send(listed, `/v1/stores?${query}`);

    expect(answer.status).toBe(400);
    expect(problemOf(answer)).toMatchObject({ code: 'invalid_argument', field });
  });
});

describe('GET /v1/stores/{store_id}', () => {
  it('returns a store without a calendar', async () => {
    const client = restClient(server);
    const polls = [{ store_id: 'bare', status: 'active' as const, timestamp_utc: '2023-01-22T12:00:00Z' }];
    expect(answered(await client.POST('/v1/polls', { body: { polls } }))).toMatchObject({ accepted: 1 });

    const params = { path: { store_id: 'bare' } };
    expect(answered(await client.GET('/v1/stores/{store_id}', { params }))).toEqual({
      store_id: 'bare',
      ...NO_NAME,
      timezone: 'America/Chicago',
      timezone_is_default: true,
      business_hours: [],
      ...NO_SPECIAL,
    });
  });

  it('does not find an unknown store', async () => {
    const answer = await send(server, '/v1/stores/nobody');

    expect(answer.status).toBe(404);
    expect(problemOf(answer)).toMatchObject({ code: 'not_found', detail: 'There is no store "nobody".' });
  });

  it.each(['a/b c', '😀', 'a?b#c', '100%', '%41', ' ', '"quoted", id', 'ключ'])(
    'finds an id that needs percent-encoding: %s',
    async (id) => {
      const named = `x${id}x`;
      const put = await sendJson(server, 'PUT', `${storePath(named)}/timezone`, { timezone: 'Asia/Tokyo' });
      const got = await send(server, storePath(named));

      expect(put.json()).toMatchObject({ store_id: named });
      expect(got.json()).toMatchObject({ store_id: named, timezone: 'Asia/Tokyo' });
    },
  );

  it.each(['9223372036854775807', '-9007199254740993', '0042', '1e3'])(
    'keeps an id that looks like a number as a string: %s',
    async (id) => {
      await load(server, 'store_timezones', `store_id,timezone_str\n${id},Asia/Tokyo\n`);

      expect((await send(server, storePath(id))).text).toContain(`"store_id":"${id}"`);
    },
  );

  it.each([
    ['NUL', '%00'],
    ['invalid UTF-8', '%ff'],
    ['300 characters', 'x'.repeat(300)],
  ])('does not find a store with an id of %s', async (_what, encoded) => {
    const answer = await send(server, `/v1/stores/${encoded}`);

    expect([400, 404]).toContain(answer.status);
    expect(problemOf(answer).detail).not.toBe('');
  });
});

describe('PUT /v1/stores/{store_id}/timezone', () => {
  it('sets the zone and adds an unknown store', async () => {
    const answer = await sendJson(server, 'PUT', '/v1/stores/zone/timezone', { timezone: 'Asia/Kathmandu' });

    expect(answer.status).toBe(200);
    expect(answer.json()).toEqual({
      store_id: 'zone',
      ...NO_NAME,
      timezone: 'Asia/Kathmandu',
      timezone_is_default: false,
      business_hours: [],
      ...NO_SPECIAL,
    });
  });

  it.each([
    [
      'a zone that is none',
      { timezone: 'Mars/Olympus' },
      'timezone',
      '"Mars/Olympus" is not a zone of the tz database',
    ],
    [
      'an offset',
      { timezone: '+05:30' },
      'timezone',
      '"+05:30" is a UTC offset, which does not follow daylight saving time; write a zone',
    ],
    ['an abbreviation', { timezone: 'BST' }, 'timezone', '"BST" is an abbreviation, not a name of the tz database'],
    ['a number', { timezone: 5 }, 'timezone', '5 is not a zone'],
    ['no zone', {}, 'timezone', 'is not a zone'],
    ['a field that is none', { timezone: 'Asia/Tokyo', zone: 'x' }, 'zone', 'Unknown field "zone"'],
  ])('refuses %s, and adds no store', async (_what, body, field, detail) => {
    const answer = await sendJson(server, 'PUT', '/v1/stores/unmade/timezone', body);

    expect(answer.status).toBe(400);
    expect(problemOf(answer)).toMatchObject({ field, detail: expect.stringContaining(detail) });
    expect(await send(server, '/v1/stores/unmade')).toMatchObject({ status: 404 });
  });

  it.each([
    ['blank', '%20'],
    ['too long', 'x'.repeat(256)],
    ['a control character', 'a%00b'],
  ])('rejects an id that is %s', async (_what, encoded) => {
    const answer = await sendJson(server, 'PUT', `/v1/stores/${encoded}/timezone`, { timezone: 'Asia/Tokyo' });

    expect(answer.status).toBe(400);
    expect(problemOf(answer)).toMatchObject({ field: 'store_id' });
  });
});

describe('PUT /v1/stores/{store_id}/business_hours', () => {
  const row = (day: unknown, start: unknown, end: unknown): object => ({
    day_of_week: day,
    start_time_local: start,
    end_time_local: end,
  });
  const put = (id: string, rows: unknown): ReturnType<typeof sendJson> =>
    sendJson(server, 'PUT', `/v1/stores/${id}/business_hours`, { business_hours: rows });

  it('replaces the whole week', async () => {
    await put('week', [row(0, '09:00:00', '17:30:00'), row(6, '22:00', '02:00')]);

    const answer = await put('week', [row(1, '00:00:00', '24:00:00'), row(1, '00:00:00', '24:00:00')]);

    expect(answer.status).toBe(200);
    expect(answer.json()).toEqual({
      store_id: 'week',
      ...NO_NAME,
      timezone: 'America/Chicago',
      timezone_is_default: true,
      business_hours: [row(1, '00:00:00', '24:00:00')],
      ...NO_SPECIAL,
    });
    expect((await send(server, '/v1/stores/week')).json()).toEqual(answer.json());
  });

  it('treats no rows as open round the clock', async () => {
    await put('always', [row(0, '09:00:00', '17:30:00')]);

    expect((await put('always', [])).json()).toMatchObject({ business_hours: [] });
  });

  it.each([
    ['day_of_week', row(7, '09:00:00', '17:00:00'), '7 is not a day from 0 (Monday) to 6 (Sunday)'],
    ['day_of_week', row(-1, '09:00:00', '17:00:00'), '-1 is not a day'],
    ['day_of_week', row(1.5, '09:00:00', '17:00:00'), '1.5 is not a day'],
    ['day_of_week', null, 'is not a day'],
    ['start_time_local', row(1, '31:00:00', '17:00:00'), '"31:00:00" is not a local time such as 9:00, 09:00:00'],
    ['start_time_local', row(1, '30:00:01', '17:00:00'), '"30:00:01" is not a local time'],
    ['start_time_local', row(1, 900, '17:00:00'), '900 is not a local time'],
    ['end_time_local', row(1, '09:00:00', '17:60:00'), '"17:60:00" is not a local time'],
    ['end_time_local', { day_of_week: 1, start_time_local: '09:00:00' }, 'is not a local time'],
    ['note', { ...row(1, '09:00:00', '17:00:00'), note: 'x' }, 'there is no field "note"'],
  ])('names an invalid business_hours[1].%s and keeps the week unchanged', async (name, wrong, detail) => {
    await put('kept', [row(2, '10:00:00', '11:00:00')]);

    const answer = await put('kept', [row(0, '09:00:00', '17:00:00'), wrong]);

    expect(answer.status).toBe(400);
    expect(problemOf(answer).field).toBe(`business_hours[1].${name}`);
    expect(problemOf(answer).detail).toMatch(/^business_hours\[1\](\.\w+)?: /);
    expect(problemOf(answer).detail).toContain(detail);
    expect((await send(server, '/v1/stores/kept')).json()).toMatchObject({
      business_hours: [row(2, '10:00:00', '11:00:00')],
    });
  });

  it.each([
    ['a body that is not an array', {}],
    ['more rows than a week has half-hours', Array.from({ length: 337 }, () => row(0, '09:00:00', '17:00:00'))],
  ])('rejects %s', async (_what, rows) => {
    const answer = await put('kept', rows);

    expect(answer.status).toBe(400);
    expect(problemOf(answer)).toMatchObject({ field: 'business_hours' });
  });
});

describe('GET /v1/timezones', () => {
  it('lists zones that can all be set, and the version of the tz database', async () => {
    const { timezones, tz_version } = (await send(server, '/v1/timezones')).json() as {
      timezones: string[];
      tz_version: string;
    };

    expect(tz_version).toMatch(/^20\d\d[a-z]$/);
    expect(timezones).toEqual(
      expect.arrayContaining([
        'America/Chicago',
        'America/Indiana/Indianapolis',
        'Asia/Calcutta',
        'Asia/Kolkata',
        'US/Central',
        'UTC',
      ]),
    );
    const rows = timezones.map((zone) => `${zone},${zone}\n`);
    const { accepted } = await load(server, 'store_timezones', `store_id,timezone_str\n${rows.join('')}`);
    expect(accepted).toBe(timezones.length);
  });
});
