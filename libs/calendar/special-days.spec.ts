import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { openingsFor } from '../../test/reference/openings.js';
import { referenceStore } from '../../test/reference/reference.js';
import { DAY_MS, MINUTE_MS, SECOND_MS, formatInstant } from '../instant/instant.js';
import { type Interval, clip } from '../intervals/intervals.js';
import { type Calendar, type LocalHours, isOverBy, openIntervals } from './calendar.js';
import { type LocalDate, formatLocalDate, parseLocalDate } from './local-date.js';
import { formatLocalTime, parseLocalTime } from './local-time.js';

const DAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];

/** `hours('09:00-12:00')` */
function hours(text: string): LocalHours {
  const [start, end] = text.split('-');
  return { startMs: parseLocalTime(start)!, endMs: parseLocalTime(end)! };
}

/**
 * `weekly: ['Mon 09:00-12:00']`; without rows, open around the clock. `special: { '2023-01-24': [] }` is a closed date.
 */
interface Rows {
  zone?: string;
  weekly?: string[];
  special?: Record<string, string[]>;
  openedOn?: string;
  closedOn?: string;
}

const date = (text: string): LocalDate => parseLocalDate(text)!;

const calendarOf = ({ zone = 'UTC', weekly = [], special = {}, openedOn, closedOn }: Rows): Calendar => ({
  zone,
  weekly: weekly.map((row) => ({ dayOfWeek: DAYS.indexOf(row.slice(0, 3)), ...hours(row.slice(4)) })),
  special: new Map(Object.entries(special).map(([day, list]) => [date(day), list.map(hours)])),
  openedOn: openedOn === undefined ? undefined : date(openedOn),
  closedOn: closedOn === undefined ? undefined : date(closedOn),
});

/** The openings between two instants, as text. The days of the scenarios are those from Monday 2023-01-23. */
function opens(rows: Rows, from = '2023-01-23T00:00Z', to = '2023-01-26T00:00Z'): string[] {
  return openIntervals(calendarOf(rows), Date.parse(from), Date.parse(to)).map(
    ({ startMs, endMs }) => `${formatInstant(startMs).slice(5, 16)} to ${formatInstant(endMs).slice(5, 16)}`,
  );
}

const everyDay = (text: string): string[] => DAYS.map((day) => `${day} ${text}`);

describe('special hours', () => {
  const monday = '01-23T09:00 to 01-23T17:00';
  const wednesday = '01-25T09:00 to 01-25T17:00';

  it.each<[string, string[], string[]]>([
    ['replace the hours of their date', ['12:00-14:00'], ['01-24T12:00 to 01-24T14:00']],
    ['close it when there are none', [], []],
    [
      'may be several, in any order',
      ['18:00-20:00', '12:00-14:00'],
      ['01-24T12:00 to 01-24T14:00', '01-24T18:00 to 01-24T20:00'],
    ],
    ['count what overlaps once', ['12:00-14:00', '13:00-15:00', '12:00-14:00'], ['01-24T12:00 to 01-24T15:00']],
    ['run into the next date', ['22:00-01:30'], ['01-24T22:00 to 01-25T01:30']],
    ['end at midnight when they end at 23:59', ['22:00-23:59'], ['01-24T22:00 to 01-25T00:00']],
    ['are a minute from 23:59 to 23:59:30', ['23:59-23:59:30'], ['01-24T23:59 to 01-25T00:00']],
    ['are the whole day from 00:00 to 00:00', ['00:00-00:00'], ['01-24T00:00 to 01-25T00:00']],
  ])('%s', (_, special, tuesday) => {
    const rows = { weekly: everyDay('09:00-17:00'), special: { '2023-01-24': special } };
    expect(opens(rows)).toEqual([monday, ...tuesday, wednesday]);
  });

  it('open a date whose weekday has none, in that week only', () => {
    const rows = { weekly: ['Mon 09:00-17:00'], special: { '2023-01-24': ['10:00-12:00'] } };
    const expected = [monday, '01-24T10:00 to 01-24T12:00', '01-30T09:00 to 01-30T17:00'];
    expect(opens(rows, '2023-01-23T00:00Z', '2023-02-01T00:00Z')).toEqual(expected);
  });

  it('do not affect the night that the previous date began', () => {
    const rows = { weekly: ['Mon 22:00-02:00', 'Tue 22:00-02:00'], special: { '2023-01-24': [] } };
    expect(opens(rows)).toEqual(['01-23T22:00 to 01-24T02:00']);
  });

  it('remove the whole night of their date, including its part after midnight', () => {
    const rows = { weekly: ['Mon 22:00-02:00', 'Tue 22:00-02:00'], special: { '2023-01-23': [] } };
    expect(opens(rows)).toEqual(['01-24T22:00 to 01-25T02:00']);
  });

  it('apply to the local date: Tokyo’s 24th starts at 15:00Z on the 23rd', () => {
    const rows = { zone: 'Asia/Tokyo', weekly: everyDay('09:00-17:00'), special: { '2023-01-24': ['12:00-14:00'] } };
    expect(opens(rows, '2023-01-23T09:00Z', '2023-01-24T18:00Z')).toEqual(['01-24T03:00 to 01-24T05:00']);
  });

  it('replace their local date for a store that is open around the clock', () => {
    // Chicago is -6.
    const rows = { zone: 'America/Chicago', special: { '2023-01-24': ['10:00-12:00'] } };
    const [before, after] = ['01-23T00:00 to 01-24T06:00', '01-25T06:00 to 01-26T00:00'];
    expect(opens(rows)).toEqual([before, '01-24T16:00 to 01-24T18:00', after]);
  });

  it('leave no gap if they cover the whole day of a store that is open around the clock', () => {
    expect(opens({ special: { '2023-01-24': ['00:00-23:59'] } })).toEqual(['01-23T00:00 to 01-26T00:00']);
  });
});

describe('special hours in a night when the clocks of Chicago change', () => {
  const spring = ['2026-03-08T00:00Z', '2026-03-10T00:00Z'] as const;
  const autumn = ['2026-10-31T12:00Z', '2026-11-03T00:00Z'] as const;
  const sunday = (list: string[]): Rows => ({ weekly: ['Sun 00:00-24:00'], special: { '2026-03-08': list } });
  const night: Rows = { weekly: ['Sat 10:00-11:00'], special: { '2026-03-07': ['22:00-02:00'], '2026-03-08': [] } };

  it.each<[string, Rows, string[]]>([
    [
      'a closed date is 23 hours',
      { special: { '2026-03-08': [] } },
      ['03-08T00:00 to 03-08T06:00', '03-09T05:00 to 03-10T00:00'],
    ],
    ['an end that is skipped is at -6', sunday(['01:30-02:30']), ['03-08T07:30 to 03-08T08:30']],
    ['02:30 at -6 comes after 03:15 at -5: empty, though not as in the week', sunday(['02:30-03:15']), []],
    ['22:00 to 02:00 is four hours', night, ['03-08T04:00 to 03-08T08:00']],
  ])('spring: %s', (_, rows, openings) => {
    expect(opens({ ...rows, zone: 'America/Chicago' }, ...spring)).toEqual(openings);
  });

  it.each<[string, Record<string, string[]>, string[]]>([
    ['01:30 to 02:30 is two hours', { '2026-11-01': ['01:30-02:30'] }, ['11-01T06:30 to 11-01T08:30']],
    ['01:15 to 01:45 is the first time only', { '2026-11-01': ['01:15-01:45'] }, ['11-01T06:15 to 11-01T06:45']],
    [
      '22:00 to 02:00 is five hours, into a closed date',
      { '2026-10-31': ['22:00-02:00'], '2026-11-01': [] },
      ['11-01T03:00 to 11-01T08:00'],
    ],
  ])('autumn: %s', (_, special, openings) => {
    const rows = { zone: 'America/Chicago', weekly: ['Sun 00:00-24:00'], special };
    expect(opens(rows, ...autumn)).toEqual(openings);
  });

  it('autumn: a store open only on that date is open for 25 hours', () => {
    const rows = { zone: 'America/Chicago', openedOn: '2026-11-01', closedOn: '2026-11-01' };
    expect(opens(rows, ...autumn)).toEqual(['11-01T05:00 to 11-02T06:00']);
  });
});

describe('the first and last dates of a store', () => {
  const nights = everyDay('22:00-02:00');
  const [MON, TUE, WED] = ['2023-01-23', '2023-01-24', '2023-01-25'];
  const tuesday: Rows = { openedOn: TUE, closedOn: TUE };
  const special = { [MON]: ['12:00-13:00'], [TUE]: ['22:00-03:00'] };

  it.each<[string, Rows, string[]]>([
    ['begins with the first opening of openedOn', { openedOn: WED }, ['01-25T09:00 to 01-25T17:00']],
    ['ends with the last opening of closedOn', { closedOn: MON }, ['01-23T09:00 to 01-23T17:00']],
    ['may be a single date', tuesday, ['01-24T09:00 to 01-24T17:00']],
    ['has no part of the night before', { weekly: nights, openedOn: WED }, ['01-25T22:00 to 01-26T00:00']],
    ['has the whole of its last night', { weekly: nights, ...tuesday }, ['01-24T22:00 to 01-25T02:00']],
    ['is never when it ends before it begins', { openedOn: WED, closedOn: TUE }, []],
    ['is from midnight, round the clock', { weekly: [], openedOn: WED }, ['01-25T00:00 to 01-26T00:00']],
    ['is until midnight, round the clock', { weekly: [], closedOn: MON }, ['01-23T00:00 to 01-24T00:00']],
    ['is of local dates', { zone: 'America/Chicago', weekly: [], ...tuesday }, ['01-24T06:00 to 01-25T06:00']],
    ['holds for special hours', { special, ...tuesday }, ['01-24T22:00 to 01-25T03:00']],
  ])('%s', (_, rows, openings) => {
    expect(opens({ weekly: everyDay('09:00-17:00'), ...rows })).toEqual(openings);
  });

  // Tuesday 23:58 to Wednesday 23:57 at -12 ends on Thursday at 11:57Z.
  const late: Rows = { zone: 'Etc/GMT+12', weekly: ['Tue 23:58-23:57'], closedOn: TUE };

  it.each<[string, Rows, string, boolean]>([
    ['not without a last date', {}, '2023-01-24T12:00Z', false],
    ['not before the last opening', tuesday, '2023-01-24T08:00Z', false],
    ['not a millisecond before its end', tuesday, '2023-01-24T16:59:59.999Z', false],
    ['at its end', tuesday, '2023-01-24T17:00Z', true],
    ['weeks later', tuesday, '2023-03-01T00:00Z', true],
    ['not in the last night', { weekly: nights, ...tuesday }, '2023-01-25T01:59Z', false],
    ['after the last night', { weekly: nights, ...tuesday }, '2023-01-25T02:00Z', true],
    ['before the last date when that is closed', { special: { [TUE]: [] }, closedOn: TUE }, '2023-01-23T17:00Z', true],
    ['not in closed days before it', { special: { [TUE]: [] }, closedOn: WED }, '2023-01-23T17:00Z', false],
    ['not before it has begun', tuesday, '2022-12-01T00:00Z', false],
    ['always when it never begins', { openedOn: WED, closedOn: TUE }, '2022-12-01T00:00Z', true],
    ['not in an opening that ends almost two dates later', late, '2023-01-26T11:56Z', false],
    ['after that', late, '2023-01-26T11:57Z', true],
  ])('is over %s', (_, rows, at, isOver) => {
    expect(isOverBy(calendarOf({ weekly: everyDay('09:00-17:00'), ...rows }), Date.parse(at))).toBe(isOver);
  });
});

describe('the hours of a date', () => {
  const rows: Rows = {
    weekly: ['Mon 09:00-12:00', 'Tue 09:00-12:00', 'Mon 13:00-17:00'],
    special: { '2023-01-30': ['10:00-11:00'], '2023-01-31': [], '2023-02-13': ['10:00-11:00'] },
    openedOn: '2023-01-23',
    closedOn: '2023-02-07',
  };
  const opensOn = (of: Rows, day: string): string[] =>
    opens(of, day, formatInstant(Date.parse(day) + DAY_MS)).map((opening) => opening.replaceAll(/\d\d-\d\dT/g, ''));

  it.each<[string, string, string[]]>([
    ['all those of its weekday', '2023-01-23', ['09:00 to 12:00', '13:00 to 17:00']],
    ['none of a weekday without', '2023-01-25', []],
    ['special ones', '2023-01-30', ['10:00 to 11:00']],
    ['none of a closed date', '2023-01-31', []],
    ['those of the last date', '2023-02-07', ['09:00 to 12:00']],
    ['none before the first date', '2023-01-17', []],
    ['none after the last date, nor special ones', '2023-02-13', []],
  ])('are %s: %s', (_, day, expected) => {
    expect(opensOn(rows, day)).toEqual(expected);
  });

  it('are the whole day if there are no weekly hours', () => {
    const roundTheClock: Rows = { special: { '2023-01-24': [] } };
    expect(opensOn(roundTheClock, '2023-01-23')).toEqual(['00:00 to 00:00']);
    expect(opensOn(roundTheClock, '2023-01-24')).toEqual([]);
  });
});

/** Zones and, for those that change their clocks, an instant at which they do. */
const CHANGES: [zone: string, changeMs: number][] = [
  ['UTC', Date.UTC(2026, 2, 8, 8)],
  ['Pacific/Kiritimati', Date.UTC(2026, 2, 8, 8)],
  ['America/Chicago', Date.UTC(2026, 2, 8, 8)],
  ['America/Chicago', Date.UTC(2026, 10, 1, 7)],
  ['Australia/Lord_Howe', Date.UTC(2023, 3, 1, 15)],
  ['America/Havana', Date.UTC(2023, 2, 12, 5)],
  ['America/Havana', Date.UTC(2023, 10, 5, 5)],
  ['Asia/Beirut', Date.UTC(2022, 2, 26, 22)],
  ['Asia/Beirut', Date.UTC(2022, 9, 29, 21)],
  ['Pacific/Apia', Date.UTC(2011, 11, 30, 10)],
];

const anyTime = fc.oneof(
  fc.nat(1439).map((minute) => minute * MINUTE_MS),
  fc.nat(180).map((minute) => minute * MINUTE_MS),
  fc.nat(86_399).map((second) => second * SECOND_MS),
);
const anyHours = fc.record({
  startMs: fc.oneof(anyTime, fc.constant(0)),
  endMs: fc.oneof(anyTime, fc.constantFrom(1438 * MINUTE_MS, 1439 * MINUTE_MS, DAY_MS)),
});
const anyWeek = fc.array(fc.tuple(fc.nat(6), anyHours), { maxLength: 8 });

/** A calendar, and a window around a DST change. */
const anyCase = fc.constantFrom(...CHANGES).chain(([zone, changeMs]) => {
  const around = Math.floor(changeMs / DAY_MS);
  const anyDate = fc.integer({ min: around - 5, max: around + 5 });
  const anyDay = fc.tuple(anyDate, fc.array(anyHours, { maxLength: 3 }));
  return fc.record({
    calendar: fc.record({
      zone: fc.constant(zone),
      weekly: anyWeek.map((rows) => rows.map(([dayOfWeek, row]) => ({ dayOfWeek, ...row }))),
      special: fc.array(anyDay, { maxLength: 5 }).map((days) => new Map(days)),
      openedOn: fc.option(anyDate, { nil: undefined }),
      closedOn: fc.option(anyDate, { nil: undefined }),
    }),
    fromMs: fc.nat(6 * DAY_MS).map((ms) => changeMs - ms),
    toMs: fc.nat(6 * DAY_MS).map((ms) => changeMs + ms),
  });
});

/** The openings of the same calendar by the reference calculator: those that intersect a window. */
function slowOpenings(calendar: Calendar, fromMs: number, toMs: number): Interval[] {
  const { zone, weekly, special = new Map<LocalDate, LocalHours[]>(), openedOn, closedOn } = calendar;
  const storeId = 'a';
  const day = (value: LocalDate | undefined) => (value === undefined ? null : formatLocalDate(value));
  const times = (row: LocalHours) => ({ start: formatLocalTime(row.startMs), end: formatLocalTime(row.endMs) });
  const input = {
    polls: [],
    hours: weekly.map((row) => ({ storeId, dayOfWeek: row.dayOfWeek, ...times(row) })),
    zones: [{ storeId, timezone: zone }],
    special: [...special].flatMap(([of, list]) => {
      const rows = list.length === 0 ? [{ start: null, end: null }] : list.map(times);
      return rows.map((row) => ({ storeId, date: formatLocalDate(of), ...row }));
    }),
    lives: [{ storeId, openedOn: day(openedOn), closedOn: day(closedOn) }],
  };
  const openings = openingsFor(referenceStore(input, storeId), fromMs, toMs);
  return openings.map(({ start, end }) => ({ startMs: start, endMs: end }));
}

describe('the openings of any calendar with special days and first and last dates', () => {
  it('match the reference calculator to the millisecond', () => {
    fc.assert(
      fc.property(anyCase, ({ calendar, fromMs, toMs }) => {
        const expected = clip(slowOpenings(calendar, fromMs, toMs), fromMs, toMs);
        expect(openIntervals(calendar, fromMs, toMs)).toEqual(expected);
      }),
      { numRuns: 1000 },
    );
  });

  it('stop after the last date, and not before', () => {
    fc.assert(
      fc.property(anyCase, ({ calendar, fromMs }) => {
        const toCome = slowOpenings(calendar, fromMs, fromMs + 14 * DAY_MS).some(({ endMs }) => endMs > fromMs);
        expect(isOverBy(calendar, fromMs)).toBe(calendar.closedOn !== undefined && !toCome);
      }),
      { numRuns: 500 },
    );
  });
});
