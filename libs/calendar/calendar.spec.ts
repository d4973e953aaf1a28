import { describe, expect, it } from '@jest/globals';
import { DAY_MS, HOUR_MS, MINUTE_MS, formatInstant } from '../instant/instant.js';
import {
  type BusinessHours,
  CLOSED,
  type Calendar,
  DEFAULT_ZONE,
  endAfterMidnightMs,
  openIntervals,
} from './calendar.js';
import { parseLocalTime } from './local-time.js';

const DAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];

/** `row('Mon 09:00-12:00')` */
function row(text: string): BusinessHours {
  const [day, start, end] = text.split(/[ -]/);
  return { dayOfWeek: DAYS.indexOf(day), startMs: parseLocalTime(start)!, endMs: parseLocalTime(end)! };
}

const everyDay = (hours: string): string[] => DAYS.map((day) => `${day} ${hours}`);

/** The openings between two instants, as text. The scenarios are in the week of Monday 2023-01-23. */
function opens(zone: string, rows: string[], from = '2023-01-23T00:00Z', to = '2023-01-30T00:00Z'): string[] {
  return openIntervals({ zone, weekly: rows.map(row) }, Date.parse(from), Date.parse(to)).map(
    ({ startMs, endMs }) => `${formatInstant(startMs).slice(5, 16)} to ${formatInstant(endMs).slice(5, 16)}`,
  );
}

describe('open time', () => {
  it('is a local time: 09:00 in Chicago’s winter is 15:00Z', () => {
    expect(opens('America/Chicago', ['Mon 09:00-12:00'])).toEqual(['01-23T15:00 to 01-23T18:00']);
  });

  it('counts weekdays from 0, Monday', () => {
    const days = DAYS.map((_, dayOfWeek) => {
      const weekly = [{ dayOfWeek, startMs: 9 * HOUR_MS, endMs: 10 * HOUR_MS }];
      return openIntervals({ zone: 'UTC', weekly }, Date.parse('2023-01-23'), Date.parse('2023-01-30'));
    });
    const dates = days.map(([opening]) => formatInstant(opening.startMs).slice(8, 10));
    expect(dates).toEqual(['23', '24', '25', '26', '27', '28', '29']);
  });

  it('counts weekdays before 1970 too', () => {
    expect(opens('UTC', ['Mon 09:00-10:00'], '1969-12-25T00:00Z', '1970-01-01T00:00Z')).toEqual([
      '12-29T09:00 to 12-29T10:00',
    ]);
  });

  it('takes the weekday from the local date on which it starts, not from the UTC date', () => {
    // Monday 20:00 in Chicago is Tuesday 02:00Z; Monday 08:00 in Auckland (+13) is Sunday 19:00Z.
    expect(opens('America/Chicago', ['Mon 20:00-22:00'])).toEqual(['01-24T02:00 to 01-24T04:00']);
    expect(opens('Pacific/Auckland', ['Mon 08:00-09:00'])).toEqual(['01-29T19:00 to 01-29T20:00']);
  });

  it('may occur several times a day', () => {
    expect(opens('UTC', ['Mon 17:00-22:00', 'Mon 11:00-14:00'])).toEqual([
      '01-23T11:00 to 01-23T14:00',
      '01-23T17:00 to 01-23T22:00',
    ]);
  });

  it('unites rows that overlap, touch or repeat', () => {
    const rows = ['Mon 09:00-11:00', 'Mon 10:00-12:00', 'Mon 12:00-13:00', 'Mon 09:00-11:00'];
    expect(opens('UTC', rows)).toEqual(['01-23T09:00 to 01-23T13:00']);
  });

  it('lasts into the next date if the end is not after the start: 10 PM to 2 AM is four hours', () => {
    expect(opens('UTC', ['Mon 22:00-02:00'])).toEqual(['01-23T22:00 to 01-24T02:00']);
    expect(opens('UTC', ['Sun 22:00-02:00'])).toEqual(['01-23T00:00 to 01-23T02:00', '01-29T22:00 to 01-30T00:00']);
  });

  it('is the whole day from 00:00 to 00:00, and 24 hours from 10:00 to 10:00', () => {
    expect(opens('UTC', ['Mon 00:00-00:00'])).toEqual(['01-23T00:00 to 01-24T00:00']);
    expect(opens('UTC', ['Mon 10:00-10:00'])).toEqual(['01-23T10:00 to 01-24T10:00']);
  });

  it.each(['23:59', '23:59:00', '23:59:01', '23:59:59', '24:00', '24:00:00'])(
    'reads an end of %s as midnight',
    (end) => {
      expect(opens('UTC', [`Mon 22:00-${end}`])).toEqual(['01-23T22:00 to 01-24T00:00']);
      expect(endAfterMidnightMs(row(`Mon 22:00-${end}`))).toBe(DAY_MS);
    },
  );

  it('uses an end before 23:59 as written', () => {
    expect(endAfterMidnightMs(row('Mon 22:00-23:58:59'))).toBe(DAY_MS - MINUTE_MS - 1_000);
    expect(opens('UTC', ['Mon 22:00-23:58', 'Tue 00:00-02:00'])).toEqual([
      '01-23T22:00 to 01-23T23:58',
      '01-24T00:00 to 01-24T02:00',
    ]);
  });

  it('adjusts the end first: from 23:59 to 23:59 is the minute before midnight', () => {
    expect(opens('UTC', ['Mon 23:59-23:59'])).toEqual(['01-23T23:59 to 01-24T00:00']);
  });

  it('has no gap at midnight if the night is two rows', () => {
    expect(opens('UTC', ['Mon 22:00-23:59:59', 'Tue 00:00-02:00'])).toEqual(['01-23T22:00 to 01-24T02:00']);
    expect(opens('UTC', everyDay('00:00-23:59'))).toEqual(['01-23T00:00 to 01-30T00:00']);
  });

  it('continues past midnight if an end or a start does', () => {
    expect(opens('UTC', ['Mon 18:00-26:00'])).toEqual(opens('UTC', ['Mon 18:00-02:00']));
    expect(opens('UTC', ['Mon 25:00-27:00'])).toEqual(['01-24T01:00 to 01-24T03:00']);
    expect(opens('UTC', ['Mon 24:00-26:00'])).toEqual(['01-24T00:00 to 01-24T02:00']);
    // The end is the first such time after a start past midnight.
    expect(opens('UTC', ['Mon 25:00-03:00'])).toEqual(['01-24T01:00 to 01-24T03:00']);
    expect(opens('UTC', ['Mon 27:00-02:00'])).toEqual(['01-24T03:00 to 01-25T02:00']);
    expect(opens('UTC', ['Mon 25:00-23:59'])).toEqual(['01-24T01:00 to 01-25T00:00']);
    expect(opens('UTC', ['Mon 30:00-30:00'])).toEqual(['01-24T06:00 to 01-25T06:00']);
  });

  it('belongs to the date of its row even if it starts on the next date', () => {
    const weekly = [row('Mon 25:00-27:00')];
    const monday = Date.parse('2023-01-23') / DAY_MS;
    const opensWith = (calendar: Partial<Calendar>): string[] =>
      openIntervals({ zone: 'UTC', weekly, ...calendar }, monday * DAY_MS, (monday + 3) * DAY_MS).map(({ startMs }) =>
        formatInstant(startMs),
      );
    expect(opensWith({})).toEqual(['2023-01-24T01:00:00.000Z']);
    expect(opensWith({ closedOn: monday })).toEqual(['2023-01-24T01:00:00.000Z']);
    expect(opensWith({ openedOn: monday + 1 })).toEqual([]);
    expect(opensWith({ special: new Map([[monday, []]]) })).toEqual([]);
    expect(opensWith({ special: new Map([[monday + 1, []]]) })).toEqual(['2023-01-24T01:00:00.000Z']);
  });

  it('is empty for a store with only Closed rows, and such a row adds nothing to others', () => {
    const closed = (day: number): BusinessHours => ({ dayOfWeek: day, ...CLOSED });
    const openings = (weekly: BusinessHours[]): unknown[] =>
      openIntervals({ zone: 'UTC', weekly }, Date.parse('2023-01-23'), Date.parse('2023-01-30'));
    expect(openings([closed(0)])).toEqual([]);
    expect(openings([closed(0), row('Mon 09:00-12:00'), closed(5)])).toEqual(openings([row('Mon 09:00-12:00')]));
  });

  it('is all time for a store without rows', () => {
    expect(opens('America/Chicago', [])).toEqual(['01-23T00:00 to 01-30T00:00']);
  });

  it('excludes weekdays without a row for a store that has rows', () => {
    expect(opens('UTC', ['Sat 09:00-12:00'])).toEqual(['01-28T09:00 to 01-28T12:00']);
  });

  it('is in America/Chicago for a store without a timezone', () => {
    expect(DEFAULT_ZONE).toBe('America/Chicago');
  });
});

describe('a window', () => {
  it('cuts the openings at its edges', () => {
    expect(opens('UTC', ['Mon 09:00-12:00'], '2023-01-23T10:00Z', '2023-01-23T11:00Z')).toEqual([
      '01-23T10:00 to 01-23T11:00',
    ]);
  });

  it.each([
    ['UTC', '24T23:50', '24T23:57'],
    ['America/Chicago', '25T05:50', '25T05:57'],
    ['Etc/GMT+12', '25T11:50', '25T11:57'],
    ['Pacific/Kiritimati', '24T09:50', '24T09:57'],
  ])('sees the end of an opening that began almost two local dates before it, in %s', (zone, from, end) => {
    // From Monday 23:58 to Tuesday 23:57; the window begins at Tuesday 23:50.
    expect(opens(zone, ['Mon 23:58-23:57'], `2023-01-${from}Z`, '2023-01-26T00:00Z')).toEqual([
      `01-${from} to 01-${end}`,
    ]);
  });

  it.each([
    ['UTC', '24T00:03', '24T00:00'],
    ['Etc/GMT+12', '24T12:03', '24T12:00'],
    ['Pacific/Kiritimati', '23T10:03', '23T10:00'],
  ])('sees the start of an opening just before it ends, in %s', (zone, to, start) => {
    // Tuesday 00:00 to 02:00; the window ends at Tuesday 00:03.
    expect(opens(zone, ['Tue 00:00-02:00'], '2023-01-22T00:00Z', `2023-01-${to}Z`)).toEqual([
      `01-${start} to 01-${to}`,
    ]);
  });

  it('contains no openings if it is empty', () => {
    for (const rows of [[], ['Mon 09:00-12:00']]) {
      expect(opens('UTC', rows, '2023-01-23T10:00Z', '2023-01-23T10:00Z')).toEqual([]);
      expect(opens('UTC', rows, '2023-01-23T11:00Z', '2023-01-23T10:00Z')).toEqual([]);
    }
  });
});

describe('open time in a night with a DST change', () => {
  const spring = ['2023-03-12T06:00Z', '2023-03-13T05:00Z'] as const; // Chicago's Sunday of 23 hours
  const autumn = ['2023-11-05T05:00Z', '2023-11-06T06:00Z'] as const; // and that of 25

  it.each([
    ['the whole day is 23 hours', 'Sun 00:00-24:00', ['03-12T06:00 to 03-13T05:00']],
    ['across the gap, two hours on the clock are one', 'Sun 01:30-03:30', ['03-12T07:30 to 03-12T08:30']],
    // 02:30 with the offset before the gap, -6, is 08:30Z, when the clock shows 03:30.
    ['a start in the gap', 'Sun 02:30-05:00', ['03-12T08:30 to 03-12T10:00']],
    ['an end in the gap', 'Sun 01:00-02:30', ['03-12T07:00 to 03-12T08:30']],
    ['both in the gap', 'Sun 02:15-02:45', ['03-12T08:15 to 03-12T08:45']],
    ['start and end on one instant: empty', 'Sun 02:00-03:00', []],
    ['a start that falls after its end: empty', 'Sun 02:30-03:15', []],
  ])('spring: %s', (_, hours, openings) => {
    expect(opens('America/Chicago', [hours], ...spring)).toEqual(openings);
  });

  it.each([
    ['the whole day is 25 hours', 'Sun 00:00-24:00', ['11-05T05:00 to 11-06T06:00']],
    ['from the first 01:00 to 02:00 are two hours', 'Sun 01:00-02:00', ['11-05T06:00 to 11-05T08:00']],
    ['to the first 01:30, not the second', 'Sun 00:30-01:30', ['11-05T05:30 to 11-05T06:30']],
    ['within the doubled hour, only the first time', 'Sun 01:15-01:45', ['11-05T06:15 to 11-05T06:45']],
  ])('autumn: %s', (_, hours, openings) => {
    expect(opens('America/Chicago', [hours], ...autumn)).toEqual(openings);
  });

  it('has no gap if midnight is skipped (Havana, Beirut)', () => {
    const rows = ['Sat 22:00-23:59', 'Sun 00:00-02:00'];
    // Havana's Sunday begins with 01:00 at 05:00Z, Beirut's at 22:00Z.
    expect(opens('America/Havana', rows, '2023-03-12T00:00Z', '2023-03-13T00:00Z')).toEqual([
      '03-12T03:00 to 03-12T06:00',
    ]);
    expect(opens('Asia/Beirut', rows, '2022-03-26T12:00Z', '2022-03-27T12:00Z')).toEqual([
      '03-26T20:00 to 03-26T23:00',
    ]);
  });

  it('ends at the first of two midnights, without a gap', () => {
    const rows = ['Sat 22:00-23:59', 'Sun 00:00-02:00'];
    // Havana: Saturday ends at 04:00Z; the clock goes back from 01:00 to 00:00 at 05:00Z; 02:00 is 07:00Z.
    expect(opens('America/Havana', rows.slice(0, 1), '2023-11-05T00:00Z', '2023-11-06T00:00Z')).toEqual([
      '11-05T02:00 to 11-05T04:00',
    ]);
    expect(opens('America/Havana', rows, '2023-11-05T00:00Z', '2023-11-06T00:00Z')).toEqual([
      '11-05T02:00 to 11-05T07:00',
    ]);
  });

  it('shifts by half an hour on Lord Howe', () => {
    const day = ['2023-09-30T13:30Z', '2023-10-01T13:00Z'] as const;
    expect(opens('Australia/Lord_Howe', ['Sun 01:00-03:00'], ...day)).toEqual(['09-30T14:30 to 09-30T16:00']);
  });

  it('has no openings on a date that the zone skipped (Apia, Friday 2011-12-30)', () => {
    const days = ['2011-12-29T10:00Z', '2012-01-01T10:00Z'] as const;
    expect(opens('Pacific/Apia', everyDay('09:00-17:00'), ...days)).toEqual([
      '12-29T19:00 to 12-30T03:00', // Thursday, at -10
      '12-30T19:00 to 12-31T03:00', // Saturday, at +14
      '12-31T19:00 to 01-01T03:00', // Sunday
    ]);
    for (const friday of ['Fri 00:00-24:00', 'Fri 09:00-17:00', 'Fri 22:00-02:00', 'Fri 25:00-27:00']) {
      expect(opens('Pacific/Apia', [friday], ...days)).toEqual([]);
    }
  });

  it('may continue from the previous date over a skipped date (Apia)', () => {
    // Its end, 02:00 on the skipped date, is read at -10, the offset before the gap.
    expect(opens('Pacific/Apia', ['Thu 22:00-02:00'], '2011-12-29T10:00Z', '2012-01-01T10:00Z')).toEqual([
      '12-30T08:00 to 12-30T12:00',
    ]);
  });
});
