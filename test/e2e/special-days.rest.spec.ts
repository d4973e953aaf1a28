import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Answer, newReport, problemOf, rowOf, send, sendJson } from './rest.js';
import { type Storewatch, startStorewatch } from './server.js';

/**
 * Every test has a store of its own: in New York, open from Sunday 22:00 to 02:00 and on Monday from 9 to 12, which is
 * 03:00 to 07:00 and 14:00 to 17:00 UTC. Polls on Monday 2023-01-23, UTC: 03:00 active, 13:47 inactive, 15:14 active,
 * 16:15 inactive; as-of is 17:00.
 *
 * Night: up 03:00 to 06:00, carried up to 07:00. Morning: carried down 14:00 to 15:14, up to 16:15, down to 17:00.
 * Uptime of the day 180 + 60 + 61 minutes, downtime 74 + 45. In the week nothing else is open.
 */
const AS_OF = '2023-01-23T17:00:00Z';
const FIGURES = '15.00,5.02,5.02,45.00,1.98,1.98';
const NOTHING = '0.00,0.00,0.00,0.00,0.00,0.00';
const [SUNDAY, MONDAY] = ['2023-01-22', '2023-01-23'];

const hours = (start: unknown, end: unknown): object => ({ start_time_local: start, end_time_local: end });
const WEEK = [
  { day_of_week: 0, ...hours('09:00:00', '12:00:00') },
  { day_of_week: 6, ...hours('22:00:00', '02:00:00') },
];
const calendar = (id: string, changes: object = {}): object => ({
  store_id: id,
  timezone: 'America/New_York',
  timezone_is_default: false,
  business_hours: WEEK,
  special_hours: [],
  opened_on: null,
  closed_on: null,
  ...changes,
});

let server: Storewatch;

beforeAll(async () => {
  server = await startStorewatch();
});
afterAll(() => server?.close());

async function newStore(id: string): Promise<void> {
  await sendJson(server, 'PUT', `/v1/stores/${id}/timezone`, { timezone: 'America/New_York' });
  await sendJson(server, 'PUT', `/v1/stores/${id}/business_hours`, { business_hours: WEEK });
  const polls = [
    ['active', '03:00'],
    ['inactive', '13:47'],
    ['active', '15:14'],
    ['inactive', '16:15'],
  ].map(([status, time]) => ({ store_id: id, status, timestamp_utc: `${MONDAY}T${time}:00Z` }));
  expect((await sendJson(server, 'POST', '/v1/polls', { polls })).json()).toMatchObject({ accepted: 4 });
}

const special = (id: string, date: string, rows: unknown): Promise<Answer> =>
  sendJson(server, 'PUT', `/v1/stores/${id}/special_hours/${date}`, { hours: rows });
const unspecial = (id: string, date: string): Promise<Answer> =>
  send(server, `/v1/stores/${id}/special_hours/${date}`, { method: 'DELETE' });
const live = (id: string, life: object): Promise<Answer> => sendJson(server, 'PUT', `/v1/stores/${id}/life`, life);
const known = async (id: string): Promise<unknown> => (await send(server, `/v1/stores/${id}`)).json();
const figures = async (id: string, basis = 'all'): Promise<string | undefined> =>
  (await rowOf(server, id, { as_of: AS_OF, basis }))?.slice(id.length + 1);

describe('PUT and DELETE /v1/stores/{store_id}/special_hours/{date}', () => {
  it('replaces the openings of a date, in the calendar and in the next report, and gives them back', async () => {
    await newStore('shorter');
    const before = await newReport(server, { as_of: AS_OF });
    expect(before.csv.text).toContain(`\nshorter,${FIGURES}\n`);

    const put = await special('shorter', MONDAY, [hours('10:30', '12:00')]);

    expect(put.status).toBe(200);
    const day = { date: MONDAY, hours: [hours('10:30:00', '12:00:00')] };
    expect(put.json()).toEqual(calendar('shorter', { special_hours: [day] }));
    expect(await known('shorter')).toEqual(put.json());
    // open 15:30 to 17:00: up until 16:15, by a poll from before the opening; then down
    expect(await figures('shorter')).toBe('15.00,4.75,4.75,45.00,0.75,0.75');
    expect(await figures('shorter', 'observed')).toBe('0.00,3.00,3.00,45.00,0.75,0.75');
    expect((await send(server, `/get_report?report_id=${before.id}`)).text).toBe(before.csv.text);

    const removed = await unspecial('shorter', MONDAY);

    expect(removed.status).toBe(200);
    expect(removed.json()).toEqual(calendar('shorter'));
    expect(await known('shorter')).toEqual(removed.json());
    expect(await figures('shorter')).toBe(FIGURES);
  });

  it('closes a date, but not the opening of the night before, which belongs to its own date', async () => {
    await newStore('closed');

    await special('closed', MONDAY, []);
    const withoutMonday = await figures('closed');
    await special('closed', SUNDAY, []);
    const withoutBoth = await figures('closed');
    await unspecial('closed', MONDAY);
    const withoutSunday = await figures('closed');

    expect(withoutMonday).toBe('0.00,4.00,4.00,0.00,0.00,0.00');
    expect(withoutBoth).toBe(NOTHING);
    expect(withoutSunday).toBe('15.00,1.02,1.02,45.00,1.98,1.98');
    expect(await known('closed')).toEqual(calendar('closed', { special_hours: [{ date: SUNDAY, hours: [] }] }));
  });

  it('opens a date on which the week is closed, also past midnight', async () => {
    await newStore('more');

    // Saturday 22:00 to 24:00 and 22:30 to 01:00 is one opening of 3 h, from Sunday 03:00 UTC on, before the first poll
    await special('more', '2023-01-21', [hours('22:30', '01:00'), hours('22:00', '23:59')]);

    expect(await known('more')).toMatchObject({
      special_hours: [{ date: '2023-01-21', hours: [hours('22:30:00', '01:00:00'), hours('22:00:00', '23:59:00')] }],
    });
    expect(await figures('more')).toBe('15.00,5.02,5.02,45.00,1.98,4.98');
  });

  it('lists dates in their order, and takes a repeat as the same', async () => {
    await newStore('repeat');
    await special('repeat', '2023-12-25', []);
    const once = await special('repeat', '2023-01-02', [hours('10:00', '11:00'), hours('10:00', '11:00')]);
    const twice = await special('repeat', '2023-01-02', [hours('10:00:00', '11:00:00')]);

    expect(once.json()).toEqual(
      calendar('repeat', {
        special_hours: [
          { date: '2023-01-02', hours: [hours('10:00:00', '11:00:00')] },
          { date: '2023-12-25', hours: [] },
        ],
      }),
    );
    expect(twice.json()).toEqual(once.json());
    await unspecial('repeat', '2023-12-25');
    const gone = await unspecial('repeat', '2023-12-25');
    expect(gone).toMatchObject({ status: 200 });
    expect(gone.json()).toMatchObject({ special_hours: [{ date: '2023-01-02' }] });
    expect(await figures('repeat')).toBe(FIGURES);
  });

  it('adds a store that was not known, which is open round the clock on all other dates', async () => {
    expect((await special('fresh', MONDAY, [])).json()).toEqual(
      calendar('fresh', {
        timezone: 'America/Chicago',
        timezone_is_default: true,
        business_hours: [],
        special_hours: [{ date: MONDAY, hours: [] }],
      }),
    );
    // Monday begins at 06:00 UTC in Chicago: 11 hours before as-of
    expect(await figures('fresh')).toBe('0.00,0.00,0.00,0.00,13.00,157.00');
  });

  const bad = hours('25:00', '12:00');
  it.each([
    ['a date that does not exist', '2023-02-29', [], 'date', '"2023-02-29" is not a date YYYY-MM-DD'],
    ['a date in another form', '23.01.2023', [], 'date', '"23.01.2023" is not a date YYYY-MM-DD'],
    ['a date of another age', '1899-12-31', [], 'date', 'from 1900-01-01 to 2199-12-31'],
    ['a date far away', '2200-01-01', [], 'date', 'from 1900-01-01 to 2199-12-31'],
    ['a start that is none', MONDAY, [hours('9', '12:00')], 'hours[0].start_time_local', '"9" is not a time of day'],
    ['a start of 25:00', MONDAY, [hours('08:00', '09:00'), bad], 'hours[1].start_time_local', '"25:00" is not a time'],
    [
      'an end that is none',
      MONDAY,
      [hours('09:00', '12:61')],
      'hours[0].end_time_local',
      '"12:61" is not a local time',
    ],
    ['no end', MONDAY, [{ start_time_local: '09:00' }], 'hours[0].end_time_local', 'is not a local time'],
    ['a row that is no object', MONDAY, ['09:00-12:00'], 'hours[0].start_time_local', 'is not a time of day'],
    ['no list', MONDAY, undefined, 'hours', 'hours must be an array.'],
    [
      'more rows than a day has half hours',
      MONDAY,
      Array.from({ length: 49 }, () => hours('09:00', '12:00')),
      'hours',
      'hours has 49 rows; 48 are allowed.',
    ],
  ])('refuses %s, and changes nothing', async (_what, date, rows, field, detail) => {
    const answer = await special('untouched', date, rows);

    expect(answer.status).toBe(400);
    expect(problemOf(answer)).toMatchObject({ code: 'invalid_argument', field });
    expect(problemOf(answer).detail).toContain(detail);
    expect(await send(server, '/v1/stores/untouched')).toMatchObject({ status: 404 });
  });

  it('takes as many rows as a day has half hours', async () => {
    const rows = Array.from({ length: 48 }, (_, i) => hours(`${`${i >> 1}`.padStart(2, '0')}:${i % 2}0`, '23:59'));

    expect(await special('many', MONDAY, rows)).toMatchObject({ status: 200 });
  });

  it('refuses a field that is none, and keeps the date as it was', async () => {
    await newStore('kept');
    const before = await special('kept', MONDAY, [hours('10:30', '12:00')]);

    const answer = await sendJson(server, 'PUT', `/v1/stores/kept/special_hours/${MONDAY}`, {
      hours: [],
      closed: true,
    });

    expect(answer.status).toBe(400);
    expect(problemOf(answer)).toMatchObject({ field: 'closed', detail: 'There is no field "closed" here.' });
    expect(await special('kept', MONDAY, [bad])).toMatchObject({ status: 400 });
    expect(await unspecial('kept', '2023-1-23')).toMatchObject({ status: 400 });
    expect(await known('kept')).toEqual(before.json());
  });
});

describe('PUT /v1/stores/{store_id}/life', () => {
  it('sets the first and the last date, and takes what is not there as none', async () => {
    await newStore('life');

    const put = await live('life', { opened_on: '2023-01-02', closed_on: '2023-01-02' });

    expect(put.status).toBe(200);
    expect(put.json()).toEqual(calendar('life', { opened_on: '2023-01-02', closed_on: '2023-01-02' }));
    expect(await known('life')).toEqual(put.json());
    expect((await live('life', { opened_on: '2023-01-02', closed_on: '2023-01-02' })).json()).toEqual(put.json());
    expect((await live('life', { opened_on: null, closed_on: ' 2024-02-29 ' })).json()).toEqual(
      calendar('life', { closed_on: '2024-02-29' }),
    );
    expect((await live('life', { opened_on: '2024-02-29', closed_on: '' })).json()).toEqual(
      calendar('life', { opened_on: '2024-02-29' }),
    );
    expect((await live('life', { opened_on: null })).json()).toEqual(calendar('life'));
  });

  it('is not taken away by a body that says nothing', async () => {
    await newStore('unsaid');
    await live('unsaid', { opened_on: '2023-01-02' });

    const answer = await live('unsaid', {});

    expect(answer.status).toBe(400);
    expect(problemOf(answer).detail).toBe('Write opened_on, closed_on or both; null where there is none.');
    expect(await known('unsaid')).toEqual(calendar('unsaid', { opened_on: '2023-01-02' }));
  });

  it('decides over the openings that start on its dates, both included', async () => {
    await newStore('ages');
    const ages = async (openedOn: string | null, closedOn: string | null): Promise<string | undefined> => {
      await live('ages', { opened_on: openedOn, closed_on: closedOn });
      return figures('ages');
    };

    const [night, morning] = ['0.00,4.00,4.00,0.00,0.00,0.00', '15.00,1.02,1.02,45.00,1.98,1.98'];
    expect(await ages(SUNDAY, MONDAY)).toBe(FIGURES);
    expect(await ages(null, SUNDAY)).toBe(night);
    expect(await ages(MONDAY, null)).toBe(morning);
    expect(await ages(SUNDAY, SUNDAY)).toBe(night);
    expect(await ages('2023-01-24', null)).toBe(NOTHING);
    expect(await ages(null, '2023-01-21')).toBe(NOTHING);
    expect(await ages(null, null)).toBe(FIGURES);
  });

  it('goes before special hours', async () => {
    await newStore('late');
    await special('late', MONDAY, [hours('10:30', '12:00')]);

    await live('late', { closed_on: SUNDAY });

    expect(await figures('late')).toBe('0.00,4.00,4.00,0.00,0.00,0.00');
    expect(await known('late')).toMatchObject({ special_hours: [{ date: MONDAY }], closed_on: SUNDAY });
  });

  it.each([
    ['a first date that is none', { opened_on: '2023-13-01' }, 'opened_on', 'opened_on: "2023-13-01" is not a date'],
    [
      'a last date that is no text',
      { closed_on: 20230101 },
      'closed_on',
      'closed_on: 20230101 is not a date YYYY-MM-DD',
    ],
    [
      'a life the wrong way round',
      { opened_on: '2023-01-02', closed_on: '2023-01-01' },
      'closed_on',
      'closed_on: "2023-01-01" is before opened_on, "2023-01-02".',
    ],
    ['a field that is none', { opened: '2023-01-02' }, 'opened', 'There is no field "opened" here.'],
  ])('refuses %s, and changes nothing', async (_what, body, field, detail) => {
    const answer = await live('unborn', body);

    expect(answer.status).toBe(400);
    expect(problemOf(answer)).toMatchObject({ code: 'invalid_argument', field });
    expect(problemOf(answer).detail).toContain(detail);
    expect(await send(server, '/v1/stores/unborn')).toMatchObject({ status: 404 });
  });
});

describe('DELETE /v1/stores/{store_id}/timezone', () => {
  it('puts the store in the default zone again', async () => {
    await newStore('moved');
    const expected = calendar('moved', { timezone: 'America/Chicago', timezone_is_default: true });

    const answer = await send(server, '/v1/stores/moved/timezone', { method: 'DELETE' });
    const again = await send(server, '/v1/stores/moved/timezone', { method: 'DELETE' });

    expect([answer.status, again.status]).toEqual([200, 200]);
    expect([answer.json(), again.json(), await known('moved')]).toEqual([expected, expected, expected]);
    // all an hour later: the night is carried up, by a poll from before it; the morning begins at 15:00; the week begins
    // an hour before the end of the Monday before, of which nothing is known
    expect(await figures('moved')).toBe('15.00,5.02,5.02,45.00,0.98,1.98');
    expect(await figures('moved', 'observed')).toBe('15.00,1.02,1.02,45.00,0.75,0.75');
  });
});

it.each([
  ['timezone', 'timezone'],
  ['special hours', `special_hours/${MONDAY}`],
])('DELETE of the %s of a store that is not known is a 404, and adds none', async (_what, path) => {
  const answer = await send(server, `/v1/stores/nobody/${path}`, { method: 'DELETE' });

  expect(answer.status).toBe(404);
  expect(problemOf(answer)).toMatchObject({ code: 'not_found', detail: 'There is no store "nobody".' });
  expect(await send(server, '/v1/stores/nobody')).toMatchObject({ status: 404 });
});
