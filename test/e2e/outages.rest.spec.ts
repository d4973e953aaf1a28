import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  LONG,
  NIGHT,
  OUTAGES,
  OVER,
  type OutageBody,
  SINCE,
  SPLIT_MONDAY,
  SPLIT_TUESDAY,
  loadOutages,
  march,
  outage,
} from './outages.js';
import { newReport, problemOf, send, sendJson } from './rest.js';
import { type Storewatch, startStorewatch } from './server.js';

interface Page {
  outages: OutageBody[];
  next_page_token: string | null;
}

const HOUR = 60;
const THURSDAY = march('09 12:00');

let server: Storewatch;

beforeAll(async () => {
  server = await startStorewatch();
  await loadOutages(server);
});
afterAll(() => server?.close());

const page = async (path: string): Promise<Page> => (await send(server, path)).json() as Page;
const outagesOf = async (id: string, query = ''): Promise<OutageBody[]> =>
  (await page(`/v1/stores/${id}/outages${query}`)).outages;
const recent = async (query = ''): Promise<OutageBody[]> => (await page(`/v1/outages${query}`)).outages;

/** All items, page by page. */
async function paged(path: string, size: number): Promise<OutageBody[]> {
  const seen: OutageBody[] = [];
  for (let token: string | null = ''; token !== null;) {
    const { outages, next_page_token: next }: Page = await page(`${path}&page_size=${size}&page_token=${token}`);
    expect(outages.length).toBeLessThanOrEqual(size);
    seen.push(...outages);
    token = next;
  }
  return seen;
}

// First from polls alone, then from the hours that a report has rolled up.
describe.each(['before', 'after'])('%s a report', (when) => {
  beforeAll(async () => {
    if (when === 'after') await newReport(server);
  });

  describe('GET /v1/stores/{store_id}/outages', () => {
    it.each<[string, string, OutageBody[]]>([
      ['one outage across a night in which the store is closed', 'night', [NIGHT]],
      [
        'two outages when the store was seen active between them, though closed',
        'split',
        [SPLIT_MONDAY, SPLIT_TUESDAY],
      ],
      ['an ongoing outage', 'since', [SINCE]],
      ['an outage that ended with the life of the store', 'over', [OVER]],
      ['all of an outage that began before the week', 'long', [LONG]],
      ['nothing without an outage', 'fine', []],
    ])('lists %s', async (_what, id, expected) => {
      expect(await page(`/v1/stores/${id}/outages`)).toEqual({ outages: expected, next_page_token: null });
    });

    it('lists the outages in the window as known at its end', async () => {
      // An outage ends at the end of its open time.
      expect(await outagesOf('split', `?from=${march('06 16:59')}`)).toEqual([SPLIT_MONDAY, SPLIT_TUESDAY]);
      expect(await outagesOf('split', `?from=${march('06 17:00')}`)).toEqual([SPLIT_TUESDAY]);
      expect(await outagesOf('split', `?from=${march('07 10:00')}`)).toEqual([]);
      expect(await outagesOf('night', `?from=${march('07 10:59')}`)).toEqual([NIGHT]);
      expect(await outagesOf('night', `?to=${march('06 16:00')}`)).toEqual([]);
      // At night the outage is ongoing, and no open time has passed since 17:00.
      expect(await outagesOf('night', `?from=${march('06 18:00')}&to=${march('06 23:00')}`)).toEqual([
        outage('night', ['06 16:00', null], [HOUR, 0]),
      ]);
      expect(await outagesOf('night', `?to=${march('07 10:00')}`)).toEqual([
        outage('night', ['06 16:00', null], [1.5 * HOUR, 0.5 * HOUR]),
      ]);
      expect(await outagesOf('over', `?to=${march('08 16:59')}`)).toEqual([
        outage('over', ['08 10:00', null], [3 * HOUR, 4 * HOUR - 1]),
      ]);
      expect(await outagesOf('over', `?to=${march('08 17:00')}`)).toEqual([OVER]);
    });

    it.each([1, 2])('returns each outage once in pages of %d', async (size) => {
      expect(await paged('/v1/stores/split/outages?', size)).toEqual([SPLIT_MONDAY, SPLIT_TUESDAY]);
    });
  });

  describe('GET /v1/outages', () => {
    it('lists the outages of all stores, newest first', async () => {
      expect(await page(`/v1/outages?since=${march('06 00:00')}&as_of=${THURSDAY}`)).toEqual({
        outages: OUTAGES,
        next_page_token: null,
      });
    });

    it('lists the day before the latest poll by default', async () => {
      expect(await recent()).toEqual([SINCE, OVER]);
    });

    it('lists all of each outage that is ongoing at since or begins later', async () => {
      expect(await recent(`?since=${march('06 16:30')}`)).toEqual(OUTAGES);
      expect(await recent(`?since=${march('06 17:00')}`)).toEqual([SINCE, OVER, SPLIT_TUESDAY, NIGHT, LONG]);
      expect(await recent(`?since=${march('07 10:00')}`)).toEqual([SINCE, OVER, NIGHT, LONG]);
      expect(await recent(`?since=${march('07 11:00')}`)).toEqual([SINCE, OVER, LONG]);
      expect(await recent(`?since=${march('07 12:00')}`)).toEqual([SINCE, OVER]);
      expect(await recent(`?since=${march('08 17:00')}`)).toEqual([SINCE]);
      expect(await recent(`?since=${THURSDAY}`)).toEqual([SINCE]);
      expect(await recent('?since=2023-02-07T00:00:00Z&as_of=2023-03-01T00:00:00Z')).toMatchObject([
        { store_id: 'long', ongoing: true, down_ms: 3 * 3_600_000, carried_down_ms: (4 + 8 * 8) * 3_600_000 },
      ]);
      expect(await recent('?since=2023-02-07T00:00:00Z&as_of=2023-02-20T10:00:00Z')).toEqual([]);
    });

    it('lists the outages as known at as_of', async () => {
      const asOf = `&as_of=${march('07 10:00')}`;
      const long = { store_id: 'long', start: LONG.start, end: null, ongoing: true, ended_by: null };

      expect(await recent(`?since=${march('06 20:00')}${asOf}`)).toEqual([
        outage('split', ['07 09:00', null], [0, HOUR], ['06 22:00', null]),
        outage('night', ['06 16:00', null], [1.5 * HOUR, 0.5 * HOUR]),
        expect.objectContaining(long),
      ]);
    });

    it.each([1, 2, 3, 6])('returns each outage once in pages of %d', async (size) => {
      expect(await paged(`/v1/outages?since=${march('06 00:00')}`, size)).toEqual(OUTAGES);
      expect(await paged(`/v1/outages?since=${march('07 10:30')}`, size)).toEqual([SINCE, OVER, NIGHT, LONG]);
    });
  });
});

describe('invalid outage requests', () => {
  it.each([
    [
      'from',
      `from=2022-02-02T11:59:59Z&to=${THURSDAY}`,
      'from must be at most 400d before to, got 2022-02-02T11:59:59.000Z.',
    ],
    ['from', 'from=now', 'from: "now" is not a timestamp'],
    ['from', `from=${THURSDAY}&to=${march('09 11:59')}`, `from: ${THURSDAY} is after to, ${march('09 11:59')}.`],
    ['to', 'to=9998-12-31T00:00:00Z', 'lies in the future; now it is '],
    ['page_size', 'page_size=1001', 'page_size must be a whole number from 1 to 1000, got "1001".'],
    ['page_token', 'page_token=x', `page_token "x" is not valid`],
  ])('for one store are rejected, naming the field %s: %s', async (field, query, detail) => {
    const answer = await send(server, `/v1/stores/night/outages?${query}`);

    expect(answer.status).toBe(400);
    expect(problemOf(answer)).toMatchObject({ code: 'invalid_argument', field });
    expect(problemOf(answer).detail).toContain(detail);
  });

  it.each([
    [
      'since',
      `since=2023-02-06T11:59:59Z&as_of=${THURSDAY}`,
      'since must be at most 31d before as_of, got 2023-02-06T11:59:59.000Z.',
    ],
    ['since', 'since=today', 'since: "today" is not a timestamp'],
    ['since', `since=${march('09 12:01')}`, `since: ${march('09 12:01')} is after as_of, ${THURSDAY}.`],
    ['as_of', 'as_of=9998-12-31T00:00:00Z', 'as_of: 9998-12-31T00:00:00.000Z lies in the future; now it is '],
    ['page_size', 'page_size=0', 'page_size must be a whole number from 1 to 1000, got "0".'],
    ['page_token', `page_token=${Buffer.from('1').toString('base64url')}`, 'is not valid'],
  ])('for all stores are rejected, naming the field %s: %s', async (field, query, detail) => {
    const answer = await send(server, `/v1/outages?${query}`);

    expect(answer.status).toBe(400);
    expect(problemOf(answer)).toMatchObject({ code: 'invalid_argument', field });
    expect(problemOf(answer).detail).toContain(detail);
  });

  it('for an unknown store are answered with 404', async () => {
    const answer = await send(server, '/v1/stores/nobody/outages');

    expect(answer.status).toBe(404);
    expect(problemOf(answer)).toMatchObject({ code: 'not_found', detail: 'There is no store "nobody".' });
  });
});

it('new polls and calendar changes count at once, before and after the rollup', async () => {
  await newReport(server);
  const polls = [
    // Hours without a rollup: two more outages of `night`.
    { store_id: 'night', timestamp_utc: march('09 13:10'), status: 'inactive' },
    { store_id: 'night', timestamp_utc: march('09 13:20'), status: 'active' },
    { store_id: 'night', timestamp_utc: march('09 13:30'), status: 'inactive' },
    { store_id: 'night', timestamp_utc: march('09 15:30'), status: 'inactive' },
    // A late poll: `split` was not active on Monday evening after all.
    { store_id: 'split', timestamp_utc: march('06 20:00'), status: 'inactive' },
  ];
  await sendJson(server, 'POST', '/v1/polls', { polls });
  // `since` is closed on Thursday.
  await sendJson(server, 'PUT', '/v1/stores/since/special_hours/2023-03-09', { hours: [] });

  const [first, second] = [
    outage('night', ['09 13:10', '09 13:20'], [10, 0], ['09 13:10', '09 13:20']),
    outage('night', ['09 13:30', null], [2.5 * HOUR, 0]),
  ];
  const split = outage('split', ['06 16:00', '07 10:00'], [HOUR, HOUR], ['06 16:00', '07 10:00']);
  const since = outage('since', ['08 15:00', null], [2 * HOUR, 0]);
  const expected = [second, first, since, OVER, NIGHT, split, LONG];
  const asOf = `as_of=${march('09 16:00')}`;
  const expectAll = async (): Promise<void> => {
    expect(await recent(`?since=${march('06 00:00')}&${asOf}`)).toEqual(expected);
    expect(await recent(`?since=${march('09 15:30')}&${asOf}`)).toEqual([second, since]);
    expect(await paged(`/v1/outages?since=${march('06 00:00')}&${asOf}`, 1)).toEqual(expected);
    expect(await outagesOf('night', `?to=${march('09 16:00')}`)).toEqual([NIGHT, first, second]);
    expect(await outagesOf('split')).toEqual([split]);
  };
  await expectAll();
  await newReport(server);
  await expectAll();
});
