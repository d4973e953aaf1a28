import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  AS_OF,
  FIGURES,
  MONDAY,
  NOTHING,
  SUNDAY,
  calendar,
  figures,
  hours,
  known,
  newStore,
  special,
  unspecial,
} from './night-and-morning.js';
import { newReport, problemOf, send, sendJson } from './rest.js';
import { type Storewatch, startStorewatch } from './server.js';

let server: Storewatch;

beforeAll(async () => {
  server = await startStorewatch();
});
afterAll(() => server?.close());

describe('PUT and DELETE /v1/stores/{store_id}/special_hours/{date}', () => {
  it('replaces the openings of a date in the calendar and in the next report, and restores them', async () => {
    await newStore(server, 'shorter');
    const before = await newReport(server, { as_of: AS_OF });
    expect(before.csv.text).toContain(`\nshorter,${FIGURES}\n`);

    const put = await special(server, 'shorter', MONDAY, [hours('10:30', '12:00')]);

    expect(put.status).toBe(200);
    const day = { date: MONDAY, hours: [hours('10:30:00', '12:00:00')] };
    expect(put.json()).toEqual(calendar('shorter', { special_hours: [day] }));
    expect(await known(server, 'shorter')).toEqual(put.json());
    // Open 15:30 to 17:00: up until 16:15, by a poll from before the opening; then down.
    expect(await figures(server, 'shorter')).toBe('15.00,4.75,4.75,45.00,0.75,0.75');
    expect(await figures(server, 'shorter', 'observed')).toBe('0.00,3.00,3.00,45.00,0.75,0.75');
    expect((await send(server, `/get_report?report_id=${before.id}`)).text).toBe(before.csv.text);

    const removed = await unspecial(server, 'shorter', MONDAY);

    expect(removed.status).toBe(200);
    expect(removed.json()).toEqual(calendar('shorter'));
    expect(await known(server, 'shorter')).toEqual(removed.json());
    expect(await figures(server, 'shorter')).toBe(FIGURES);
  });

  it('closes a date, but not an opening that started the night before', async () => {
    await newStore(server, 'closed');

    await special(server, 'closed', MONDAY, []);
    const withoutMonday = await figures(server, 'closed');
    await special(server, 'closed', SUNDAY, []);
    const withoutBoth = await figures(server, 'closed');
    await unspecial(server, 'closed', MONDAY);
    const withoutSunday = await figures(server, 'closed');

    expect(withoutMonday).toBe('0.00,4.00,4.00,0.00,0.00,0.00');
    expect(withoutBoth).toBe(NOTHING);
    expect(withoutSunday).toBe('15.00,1.02,1.02,45.00,1.98,1.98');
    expect(await known(server, 'closed')).toEqual(calendar('closed', { special_hours: [{ date: SUNDAY, hours: [] }] }));
  });

  it('opens a date on which the week is closed, including past midnight', async () => {
    await newStore(server, 'more');

    // Saturday 22:00 to 24:00 and 22:30 to 01:00 are one opening of 3 h, from Sunday 03:00 UTC, before the first poll.
    await special(server, 'more', '2023-01-21', [hours('22:30', '01:00'), hours('22:00', '23:59')]);

    expect(await known(server, 'more')).toMatchObject({
      special_hours: [{ date: '2023-01-21', hours: [hours('22:30:00', '01:00:00'), hours('22:00:00', '23:59:00')] }],
    });
    expect(await figures(server, 'more')).toBe('15.00,5.02,5.02,45.00,1.98,4.98');
  });

  it('lists dates in order and accepts an unchanged repeat', async () => {
    await newStore(server, 'repeat');
    await special(server, 'repeat', '2023-12-25', []);
    const once = await special(server, 'repeat', '2023-01-02', [hours('10:00', '11:00'), hours('10:00', '11:00')]);
    const twice = await special(server, 'repeat', '2023-01-02', [hours('10:00:00', '11:00:00')]);

    expect(once.json()).toEqual(
      calendar('repeat', {
        special_hours: [
          { date: '2023-01-02', hours: [hours('10:00:00', '11:00:00')] },
          { date: '2023-12-25', hours: [] },
        ],
      }),
    );
    expect(twice.json()).toEqual(once.json());
    await unspecial(server, 'repeat', '2023-12-25');
    const gone = await unspecial(server, 'repeat', '2023-12-25');
    expect(gone).toMatchObject({ status: 200 });
    expect(gone.json()).toMatchObject({ special_hours: [{ date: '2023-01-02' }] });
    expect(await figures(server, 'repeat')).toBe(FIGURES);
  });

  it('adds an unknown store, which is open round the clock on all other dates', async () => {
    expect((await special(server, 'fresh', MONDAY, [])).json()).toEqual(
      calendar('fresh', {
        timezone: 'America/Chicago',
        timezone_is_default: true,
        business_hours: [],
        special_hours: [{ date: MONDAY, hours: [] }],
      }),
    );
    // Monday begins at 06:00 UTC in Chicago: 11 hours before as-of.
    expect(await figures(server, 'fresh')).toBe('0.00,0.00,0.00,0.00,13.00,157.00');
  });

  const bad = hours('31:00', '12:00');
  it.each([
    ['a date that does not exist', '2023-02-29', [], 'date', '"2023-02-29" is not a date YYYY-MM-DD'],
    ['a date in another format', '23.01.2023', [], 'date', '"23.01.2023" is not a date YYYY-MM-DD'],
    ['a date too far in the past', '1899-12-31', [], 'date', 'from 1900-01-01 to 2199-12-31'],
    ['a date too far in the future', '2200-01-01', [], 'date', 'from 1900-01-01 to 2199-12-31'],
    ['an invalid start', MONDAY, [hours('9', '12:00')], 'hours[0].start_time_local', '"9" is not a local time'],
    ['a start of 31:00', MONDAY, [hours('08:00', '09:00'), bad], 'hours[1].start_time_local', '"31:00" is not a local'],
    ['an invalid end', MONDAY, [hours('09:00', '12:61')], 'hours[0].end_time_local', '"12:61" is not a local time'],
    ['no end', MONDAY, [{ start_time_local: '09:00' }], 'hours[0].end_time_local', 'is not a local time'],
    ['a row that is not an object', MONDAY, ['09:00-12:00'], 'hours[0].start_time_local', 'is not a local time'],
    ['a missing array', MONDAY, undefined, 'hours', 'hours must be an array.'],
    [
      'more rows than a day has half-hours',
      MONDAY,
      Array.from({ length: 49 }, () => hours('09:00', '12:00')),
      'hours',
      'hours must have at most 48 rows, got 49.',
    ],
  ])('rejects %s and changes nothing', async (_what, date, rows, field, detail) => {
    const answer = await special(server, 'untouched', date, rows);

    expect(answer.status).toBe(400);
    expect(problemOf(answer)).toMatchObject({ code: 'invalid_argument', field });
    expect(problemOf(answer).detail).toContain(detail);
    expect(await send(server, '/v1/stores/untouched')).toMatchObject({ status: 404 });
  });

  it('accepts as many rows as a day has half-hours', async () => {
    const rows = Array.from({ length: 48 }, (_, i) => hours(`${`${i >> 1}`.padStart(2, '0')}:${i % 2}0`, '23:59'));

    expect(await special(server, 'many', MONDAY, rows)).toMatchObject({ status: 200 });
  });

  it('rejects an unknown field and keeps the date unchanged', async () => {
    await newStore(server, 'kept');
    const before = await special(server, 'kept', MONDAY, [hours('10:30', '12:00')]);

    const answer = await sendJson(server, 'PUT', `/v1/stores/kept/special_hours/${MONDAY}`, {
      hours: [],
      closed: true,
    });

    expect(answer.status).toBe(400);
    expect(problemOf(answer)).toMatchObject({ field: 'closed', detail: 'Unknown field "closed".' });
    expect(await special(server, 'kept', MONDAY, [bad])).toMatchObject({ status: 400 });
    expect(await unspecial(server, 'kept', '2023-1-23')).toMatchObject({ status: 400 });
    expect(await known(server, 'kept')).toEqual(before.json());
  });
});
