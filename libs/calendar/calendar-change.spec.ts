import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { DAY_MS, HOUR_MS, MINUTE_MS, formatInstant } from '../instant/instant.js';
import type { Interval } from '../intervals/intervals.js';
import { type HourRows, computeHourRows } from '../uptime/hour-rows.js';
import { DEFAULT_POLL_VALID_FOR_MS, type PollColumns } from '../uptime/segments.js';
import { hoursKey, sameHours, touchedTime } from './calendar-change.js';
import { type BusinessHours, type Calendar, type LocalHours, openIntervals } from './calendar.js';
import { type LocalDate, parseLocalDate } from './local-date.js';
import { parseLocalTime } from './local-time.js';

/** `hours('09:00-12:00')` */
function hours(text: string): LocalHours {
  const [start, end] = text.split('-');
  return { startMs: parseLocalTime(start)!, endMs: parseLocalTime(end)! };
}

/** `special: { '2023-01-24': [] }` is a closed date. Without `weekly`, open around the clock. */
interface Rows {
  zone?: string;
  weekly?: string;
  special?: Record<string, string[]>;
  openedOn?: string;
  closedOn?: string;
}

const date = (text: string): LocalDate => parseLocalDate(text)!;
/** The same hours on every weekday. */
const everyDay = (text: string): BusinessHours[] =>
  [0, 1, 2, 3, 4, 5, 6].map((day) => ({ dayOfWeek: day, ...hours(text) }));

const calendarOf = ({ zone = 'UTC', weekly, special = {}, openedOn, closedOn }: Rows): Calendar => ({
  zone,
  weekly: weekly === undefined ? [] : everyDay(weekly),
  special: new Map(Object.entries(special).map(([day, list]) => [date(day), list.map(hours)])),
  openedOn: openedOn === undefined ? undefined : date(openedOn),
  closedOn: closedOn === undefined ? undefined : date(closedOn),
});

const instant = (ms: number): string => (Number.isFinite(ms) ? formatInstant(ms).slice(5, 16) : String(ms));

/** The touched time, as text. Most scenarios are on Tuesday 2023-01-24; a poll is valid for three hours. */
const touched = (before: Rows, after: Rows): string[] =>
  touchedTime(calendarOf(before), calendarOf(after), DEFAULT_POLL_VALID_FOR_MS).map(
    ({ startMs, endMs }) => `${instant(startMs)} to ${instant(endMs)}`,
  );

const DAY: Rows = { weekly: '09:00-17:00' };
const NIGHT: Rows = { weekly: '22:00-02:00' };
const tuesday = (...list: string[]): Rows => ({ special: { '2023-01-24': list } });

describe('special hours touch', () => {
  it.each<[string, Rows, Rows, string[]]>([
    ['a date that they close, and three hours more', DAY, tuesday(), ['01-24T09:00 to 01-24T20:00']],
    ['only the hours that they add', DAY, tuesday('09:00-19:00'), ['01-24T17:00 to 01-24T22:00']],
    ['only the hours that they take away', DAY, tuesday('11:00-17:00'), ['01-24T09:00 to 01-24T14:00']],
    ['all from the first change to the last', DAY, tuesday('08:00-18:00'), ['01-24T08:00 to 01-24T21:00']],
    ['nothing when they say what the week says', DAY, tuesday('09:00-17:00'), []],
    ['the whole of a night, on both of its dates', NIGHT, tuesday(), ['01-24T22:00 to 01-25T05:00']],
    ['of a night only what changes', NIGHT, tuesday('22:00-03:00'), ['01-25T02:00 to 01-25T06:00']],
    ['nothing when only the end of the day is spelt otherwise', {}, tuesday('00:00-23:59'), []],
    ['a date of a store that is open round the clock', {}, tuesday(), ['01-24T00:00 to 01-25T03:00']],
  ])('%s', (_, week, special, expected) => {
    expect(touched(week, { ...week, ...special })).toEqual(expected);
    expect(touched({ ...week, ...special }, week)).toEqual(expected); // the reverse change
  });

  it('local dates of the store: Chicago is -6', () => {
    const chicago = { ...DAY, zone: 'America/Chicago' };
    expect(touched(chicago, { ...chicago, ...tuesday() })).toEqual(['01-24T15:00 to 01-25T02:00']);
  });

  it('each date separately if they are far apart, and no unchanged dates', () => {
    const before = { ...DAY, special: { '2023-01-24': [], '2023-02-24': ['10:00-11:00'] } };
    const after = { ...DAY, special: { '2023-01-24': [], '2023-02-24': ['10:00-12:00'], '2023-03-24': [] } };
    expect(touched(before, after)).toEqual(['02-24T11:00 to 02-24T15:00', '03-24T09:00 to 03-24T20:00']);
  });

  it('nothing outside the first and last dates of the store', () => {
    const ended = { ...DAY, closedOn: '2023-01-23' };
    expect(touched(ended, { ...ended, ...tuesday('09:00-19:00') })).toEqual([]);
  });
});

describe('a change of the first or last date touches', () => {
  const [MON, TUE, WED] = ['2023-01-23', '2023-01-24', '2023-01-25'];
  const ended: Rows = { closedOn: TUE };

  it.each<[string, Rows, Rows, string[]]>([
    ['all that comes before its first date', {}, { openedOn: WED }, ['-Infinity to 01-24T20:00']],
    ['all that comes after its last date', {}, { closedOn: MON }, ['01-24T09:00 to Infinity']],
    ['what lies between first dates', { openedOn: MON }, { openedOn: WED }, ['01-23T09:00 to 01-24T20:00']],
    [
      'what lies between dates that are decades apart',
      { closedOn: MON },
      { closedOn: '2099-12-31' },
      ['01-24T09:00 to 12-31T20:00'],
    ],
    ['what lies between last dates', { closedOn: MON }, { closedOn: WED }, ['01-24T09:00 to 01-25T20:00']],
    [
      'both ends',
      { openedOn: TUE, closedOn: '2023-06-23' },
      { openedOn: WED, closedOn: '2023-06-24' },
      ['01-24T09:00 to 01-24T20:00', '06-24T09:00 to 06-24T20:00'],
    ],
    ['nothing where it is closed', tuesday(), { ...tuesday(), closedOn: TUE }, ['01-25T09:00 to Infinity']],
    ['nothing of a life that never begins', { openedOn: WED, ...ended }, { openedOn: '2023-03-01', ...ended }, []],
  ])('%s', (_, before, after, expected) => {
    expect(touched({ ...DAY, ...before }, { ...DAY, ...after })).toEqual(expected);
    expect(touched({ ...DAY, ...after }, { ...DAY, ...before })).toEqual(expected); // the reverse change
  });

  it('time long before the new first date, if the store was closed in between', () => {
    const before = { ...DAY, closedOn: '2023-01-10' };
    const [time, ...more] = touchedTime(calendarOf(before), calendarOf({ ...before, openedOn: '2023-06-01' }), HOUR_MS);
    expect(more).toEqual([]);
    expect(time.startMs).toBe(-Infinity);
    expect(time.endMs).toBeGreaterThanOrEqual(Date.parse('2023-01-10T18:00Z'));
  });

  it('time long after the old last date, if the store opens again only then', () => {
    const after = { ...DAY, openedOn: '2023-06-01' };
    const [time, ...more] = touchedTime(calendarOf({ ...after, closedOn: '2023-01-10' }), calendarOf(after), HOUR_MS);
    expect(more).toEqual([]);
    expect(time.startMs).toBeLessThanOrEqual(Date.parse('2023-06-01T09:00Z'));
    expect(time.endMs).toBe(Infinity);
  });
});

describe('a change of weekly hours or zone', () => {
  it('touches all time', () => {
    const all = ['-Infinity to Infinity'];
    expect(touched(DAY, NIGHT)).toEqual(all);
    expect(touched({}, DAY)).toEqual(all);
    expect(touched(DAY, { ...DAY, zone: 'America/Chicago' })).toEqual(all);
  });
});

describe('lists of hours', () => {
  const [morning, evening] = [hours('09:00-12:00'), hours('17:00-22:00')];

  it.each<[string, LocalHours[], LocalHours[], boolean]>([
    ['in another order', [morning, evening], [evening, morning], true],
    ['with a repeated row', [morning, evening], [morning, evening, morning], true],
    ['with a row more', [morning], [morning, evening], false],
    ['with another end', [morning], [hours('09:00-13:00')], false],
    ['with another start', [morning], [hours('08:00-12:00')], false],
    ['on another weekday', everyDay('09:00-12:00').slice(0, 1), everyDay('09:00-12:00').slice(1, 2), false],
    ['empty, both of them', [], [], true],
  ])('%s: say the same, or not', (_, a, b, isSame) => {
    expect(sameHours(a, b)).toBe(isSame);
    expect(sameHours(b, a)).toBe(isSame);
  });

  it('have equal keys for equal hours', () => {
    expect(hoursKey(hours('09:00-12:00'))).toBe(hoursKey({ endMs: 12 * HOUR_MS, startMs: 9 * HOUR_MS }));
    expect(hoursKey({ dayOfWeek: 1, startMs: 1, endMs: 2 })).not.toBe(hoursKey({ startMs: 1, endMs: 2 }));
  });
});

/** Zones, and the date of a DST change, if they have one. */
const PLACES: [zone: string, around: LocalDate][] = [
  ['UTC', date('2026-03-08')],
  ['America/Chicago', date('2026-03-08')],
  ['America/Chicago', date('2026-11-01')],
  ['America/Havana', date('2023-11-05')],
  ['Pacific/Kiritimati', date('2023-01-24')],
];

const anyTime = fc.oneof(fc.nat(1439), fc.nat(180)).map((minute) => minute * MINUTE_MS);
const anyHours = fc.record({ startMs: anyTime, endMs: fc.oneof(anyTime, fc.constant(DAY_MS)) });
const anyWeekly = fc.array(
  fc.tuple(fc.nat(6), anyHours).map(([dayOfWeek, row]) => ({ dayOfWeek, ...row })),
  { maxLength: 8 },
);
const anyList = fc.array(anyHours, { maxLength: 3 });
/** A date near `around`, where the polls are, or weeks away. */
const anyDate = (around: LocalDate): fc.Arbitrary<LocalDate> =>
  fc.oneof(fc.integer({ min: around - 3, max: around + 3 }), fc.integer({ min: around - 40, max: around + 40 }));
const anySpecial = (around: LocalDate) =>
  fc.array(fc.tuple(anyDate(around), anyList), { maxLength: 5 }).map((days) => new Map(days));
const anyLife = (around: LocalDate) =>
  fc.record({
    openedOn: fc.option(anyDate(around), { nil: undefined }),
    closedOn: fc.option(anyDate(around), { nil: undefined }),
  });

/** A calendar before and after a change. */
const anyChange = fc.constantFrom(...PLACES).chain(([zone, around]) =>
  fc
    .record({ weekly: anyWeekly, special: anySpecial(around), life: anyLife(around) })
    .chain(({ weekly, special, life }) =>
      fc.record({
        around: fc.constant(around),
        before: fc.constant({ zone, weekly, special, ...life }),
        after: fc
          .record({
            zone: fc.constant(zone),
            weekly: fc.constant(weekly),
            special: fc.oneof(
              fc.constant(special),
              anySpecial(around),
              anySpecial(around).map((more) => new Map([...special, ...more])),
            ),
            life: fc.oneof(fc.constant(life), anyLife(around)),
          })
          .map(({ life: other, ...rest }) => ({ ...rest, ...other })),
        polls: fc.uniqueArray(fc.tuple(anyPollMs(around), fc.nat(1)), { selector: ([ms]) => ms, maxLength: 40 }),
        validForMs: fc.oneof(fc.constant(DEFAULT_POLL_VALID_FOR_MS), fc.nat(72 * HOUR_MS)),
      }),
    ),
);

function anyPollMs(around: LocalDate): fc.Arbitrary<number> {
  return fc.oneof(
    fc.integer({ min: -6 * 24, max: 6 * 24 }).map((hour) => around * DAY_MS + hour * HOUR_MS),
    fc.integer({ min: -6 * DAY_MS, max: 6 * DAY_MS }).map((ms) => around * DAY_MS + ms),
    fc.integer({ min: -45 * DAY_MS, max: 45 * DAY_MS }).map((ms) => around * DAY_MS + ms),
  );
}

function columnsOf(list: [polledAtMs: number, active: number][]): PollColumns {
  const sorted = list.toSorted(([a], [b]) => a - b);
  return { polledAtMs: sorted.map(([ms]) => ms), active: sorted.map(([, active]) => active), count: list.length };
}

const COLUMNS = ['openMs', 'upMs', 'downMs', 'carriedUpMs', 'carriedDownMs'] as const;

describe('any change of a calendar', () => {
  it('changes only touched hours', () => {
    fc.assert(
      fc.property(anyChange, ({ before, after, polls, validForMs, around }) => {
        const [fromMs, toMs] = [(around - 70) * DAY_MS, (around + 50) * DAY_MS];
        const rowsOf = (calendar: Calendar): HourRows => {
          const openings = openIntervals(calendar, fromMs - validForMs, toMs);
          return computeHourRows(columnsOf(polls), openings, validForMs, fromMs, toMs);
        };
        const [old, now] = [rowsOf(before), rowsOf(after)];
        const times = touchedTime(before, after, validForMs);
        const isTouched = (hourMs: number): boolean =>
          times.some(({ startMs, endMs }) => startMs < hourMs + HOUR_MS && hourMs < endMs);
        const wrong: string[] = [];
        for (let hour = 0; hour < old.count; hour++) {
          if (COLUMNS.every((column) => old[column][hour] === now[column][hour])) continue;
          const hourMs = fromMs + hour * HOUR_MS;
          if (!isTouched(hourMs)) wrong.push(formatInstant(hourMs));
        }
        expect(wrong).toEqual([]);
      }),
      { numRuns: 600 },
    );
  });

  it('of a single date touches the first changed instant to the last, plus the validity of a poll', () => {
    const anyDay = anyChange.chain((change) =>
      fc.record({ change: fc.constant(change), day: anyDate(change.around), list: anyList }),
    );
    fc.assert(
      fc.property(anyDay, ({ change: { before, validForMs }, day, list }) => {
        const after = { ...before, special: new Map([...before.special, [day, list]]) };
        const isChanged = (ms: number): boolean =>
          openIntervals(before, ms, ms + 1).length !== openIntervals(after, ms, ms + 1).length;
        const times: Interval[] = touchedTime(before, after, validForMs);
        for (const { startMs, endMs } of times) {
          expect(isChanged(startMs) && isChanged(endMs - validForMs - 1)).toBe(true);
          expect(startMs).toBeGreaterThanOrEqual((day - 2) * DAY_MS);
          expect(endMs).toBeLessThanOrEqual((day + 4) * DAY_MS + validForMs);
        }
        expect(times.length).toBeLessThanOrEqual(1);
      }),
      { numRuns: 600 },
    );
  });

  it('touches nothing if only the order or repetition of rows changes', () => {
    const again = <Row>(rows: readonly Row[]): Row[] => [...rows.toReversed(), ...rows];
    fc.assert(
      fc.property(anyChange, ({ before, validForMs }) => {
        const special = new Map([...before.special].toReversed().map(([day, list]) => [day, again(list)]));
        const same = { ...before, weekly: again(before.weekly), special };
        expect(touchedTime(before, same, validForMs)).toEqual([]);
        expect(touchedTime(same, before, validForMs)).toEqual([]);
      }),
    );
  });

  it('of weekly hours or zone touches all time', () => {
    const anyOther = fc.record({ change: anyChange, weekly: anyWeekly, zone: fc.constantFrom('UTC', 'Asia/Tokyo') });
    fc.assert(
      fc.property(anyOther, ({ change: { before, validForMs }, weekly, zone }) => {
        fc.pre(zone !== before.zone || !sameHours(weekly, before.weekly));
        const all = [{ startMs: -Infinity, endMs: Infinity }];
        expect(touchedTime(before, { ...before, zone, weekly }, validForMs)).toEqual(all);
      }),
    );
  });
});
