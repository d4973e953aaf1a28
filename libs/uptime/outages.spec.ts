import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { type ReferenceOutage, referenceOutages } from '../../test/reference/outages.js';
import { type Calendar, type LocalHours, openIntervals } from '../calendar/calendar.js';
import { type LocalDate, formatLocalDate, parseLocalDate } from '../calendar/local-date.js';
import { formatLocalTime } from '../calendar/local-time.js';
import { DAY_MS, HOUR_MS, MINUTE_MS, floorToHour, formatInstant } from '../instant/instant.js';
import { type Outage, findOutages } from './outages.js';
import { DEFAULT_POLL_VALID_FOR_MS, type PollColumns } from './stretches.js';
import { partsFromPolls } from './window-parts.js';

/** [epoch ms, 1 active or 0 inactive] */
type Poll = [polledAtMs: number, active: number];

function columnsOf(list: Poll[]): PollColumns {
  const sorted = list.toSorted(([a], [b]) => a - b);
  return { polledAtMs: sorted.map(([ms]) => ms), active: sorted.map(([, active]) => active), count: list.length };
}

/** An instant of January 2023 in UTC: `23T10:00`. The 23rd is a Monday. */
const at = (text: string): number => Date.parse(`2023-01-${text}Z`);
const written = (ms: number): string => formatInstant(ms).slice(8, 16);

/** `['23T08:47 inactive', '23T10:14 active']` */
const polls = (list: string[]): Poll[] =>
  list.map((poll) => [at(poll.split(' ')[0]), poll.endsWith(' active') ? 1 : 0]);

const ALWAYS: Calendar = { zone: 'UTC', weekly: [] };
const NINE_TO_FIVE: Calendar = {
  zone: 'UTC',
  weekly: [0, 1, 2, 3, 4, 5, 6].map((dayOfWeek) => ({ dayOfWeek, startMs: 9 * HOUR_MS, endMs: 17 * HOUR_MS })),
};

const inWords = (columns: PollColumns, outage: Outage): string => {
  const { startMs, endMs, isOngoing, openMs, downMs, firstPoll, endPoll } = outage;
  const by = (poll: number): string => written(columns.polledAtMs[poll]);
  const minutes = [downMs, openMs - downMs].map((ms) => ms / MINUTE_MS).join('+');
  const end = isOngoing ? 'ongoing' : endPoll < 0 ? 'over' : `ended by ${by(endPoll)}`;
  return `${written(startMs)} to ${written(endMs)}: ${minutes} min, begun by ${by(firstPoll)}, ${end}`;
};

/** The outages as text: `… 45+15 min` is 45 observed and 15 carried. A poll is valid for three hours. */
function outages(calendar: Calendar, list: string[], to: string): string[] {
  const columns = columnsOf(polls(list));
  return findOutages(calendar, columns, DEFAULT_POLL_VALID_FOR_MS, at(to)).map((outage) => inWords(columns, outage));
}

describe('an outage', () => {
  it('is from the first inactive poll to the next active one', () => {
    const list = ['23T09:00 active', '23T10:00 inactive', '23T11:00 inactive', '23T12:00 active', '23T13:00 active'];
    expect(outages(NINE_TO_FIVE, list, '24T00:00')).toEqual([
      '23T10:00 to 23T12:00: 120+0 min, begun by 23T10:00, ended by 23T12:00',
    ]);
  });

  it('is there as often as the store went and came back', () => {
    const list = ['23T10:00 inactive', '23T11:00 active', '23T11:01 inactive', '23T12:00 active'];
    expect(outages(ALWAYS, list, '24T00:00')).toEqual([
      '23T10:00 to 23T11:00: 60+0 min, begun by 23T10:00, ended by 23T11:00',
      '23T11:01 to 23T12:00: 59+0 min, begun by 23T11:01, ended by 23T12:00',
    ]);
  });

  it('begins with the opening when its first poll was taken before; until a poll inside, it is carried', () => {
    const list = ['23T06:00 inactive', '23T08:00 inactive', '23T09:20 inactive', '23T09:30 active'];
    expect(outages(NINE_TO_FIVE, list, '24T00:00')).toEqual([
      '23T09:00 to 23T09:30: 10+20 min, begun by 23T06:00, ended by 23T09:30',
    ]);
  });

  it('ends with the opening when the active poll comes after it', () => {
    expect(outages(NINE_TO_FIVE, ['23T16:00 inactive', '23T18:00 active'], '24T00:00')).toEqual([
      '23T16:00 to 23T17:00: 60+0 min, begun by 23T16:00, ended by 23T18:00',
    ]);
  });

  it('ends at the active poll when that is at the first instant of an opening', () => {
    const list = ['23T16:00 inactive', '24T09:00 active', '24T16:30 inactive', '24T17:00 active'];
    expect(outages(NINE_TO_FIVE, list, '25T00:00')).toEqual([
      '23T16:00 to 24T09:00: 60+0 min, begun by 23T16:00, ended by 24T09:00',
      '24T16:30 to 24T17:00: 30+0 min, begun by 24T16:30, ended by 24T17:00',
    ]);
  });

  it('goes on over a closed night, whether it is polled then or not', () => {
    // 16:00 to 17:00 observed; the next day 09:00 to 10:00 carried, to 11:00 observed.
    const list = ['23T16:00 inactive', '24T10:00 inactive', '24T11:00 active'];
    const expected = ['23T16:00 to 24T11:00: 120+60 min, begun by 23T16:00, ended by 24T11:00'];
    expect(outages(NINE_TO_FIVE, list, '25T00:00')).toEqual(expected);
    expect(outages(NINE_TO_FIVE, [...list, '23T23:00 inactive'], '25T00:00')).toEqual(expected);
  });

  it('is two when an active poll was taken in the night between', () => {
    const list = ['23T16:00 inactive', '23T20:00 active', '23T22:00 inactive', '24T10:00 active'];
    expect(outages(NINE_TO_FIVE, list, '25T00:00')).toEqual([
      '23T16:00 to 23T17:00: 60+0 min, begun by 23T16:00, ended by 23T20:00',
      '24T09:00 to 24T10:00: 0+60 min, begun by 23T22:00, ended by 24T10:00',
    ]);
  });

  it('is observed for three hours after each poll, then carried', () => {
    // Observed 00:00 to 03:00 and 05:00 to 06:00.
    const list = ['23T00:00 inactive', '23T05:00 inactive', '23T06:00 active'];
    expect(outages(ALWAYS, list, '24T00:00')).toEqual([
      '23T00:00 to 23T06:00: 240+120 min, begun by 23T00:00, ended by 23T06:00',
    ]);
  });

  it('is to the millisecond', () => {
    const [startMs, endMs] = [at('23T16:30') + 1, at('24T09:15') + 2];
    const columns = columnsOf([
      [startMs, 0],
      [endMs, 1],
    ]);
    // 1 800 000 - 1 observed until 17:00, 900 000 + 2 carried from 09:00.
    const figures = { openMs: 2_700_001, downMs: 1_799_999, firstPoll: 0, endPoll: 1 };
    expect(findOutages(NINE_TO_FIVE, columns, DEFAULT_POLL_VALID_FOR_MS, at('25T00:00'))).toEqual([
      { startMs, endMs, isOngoing: false, ...figures },
    ]);
  });
});

describe('an ongoing outage', () => {
  it('has lasted up to now', () => {
    expect(outages(NINE_TO_FIVE, ['23T09:00 active', '23T10:00 inactive'], '23T15:00')).toEqual([
      '23T10:00 to 23T15:00: 180+120 min, begun by 23T10:00, ongoing',
    ]);
  });

  it('is not ended by a closed night', () => {
    expect(outages(NINE_TO_FIVE, ['23T16:00 inactive'], '23T20:00')).toEqual([
      '23T16:00 to 23T17:00: 60+0 min, begun by 23T16:00, ongoing',
    ]);
  });

  it('knows nothing of polls at or after now', () => {
    const list = ['23T10:00 inactive', '23T12:00 active', '23T13:00 inactive'];
    expect(outages(ALWAYS, list, '23T12:00')).toEqual(['23T10:00 to 23T12:00: 120+0 min, begun by 23T10:00, ongoing']);
    expect(outages(ALWAYS, list, '23T10:00')).toEqual([]);
    expect(outages(ALWAYS, list, '23T12:01')).toEqual([
      '23T10:00 to 23T12:00: 120+0 min, begun by 23T10:00, ended by 23T12:00',
    ]);
  });
});

describe('the end of a store’s life', () => {
  const calendar = { ...NINE_TO_FIVE, closedOn: parseLocalDate('2023-01-24')! };
  const list = ['23T16:00 inactive'];
  // The last opening is that of the 24th: 60 minutes of the 23rd are observed, 480 of the 24th carried.
  const over = '23T16:00 to 24T17:00: 60+480 min, begun by 23T16:00, over';

  it('ends an outage with its open time, without an active poll', () => {
    expect(outages(calendar, list, '24T17:00')).toEqual([over]);
    expect(outages(calendar, list, '27T12:00')).toEqual([over]);
  });

  it('does not end it before', () => {
    expect(outages(calendar, list, '23T20:00')).toEqual(['23T16:00 to 23T17:00: 60+0 min, begun by 23T16:00, ongoing']);
    expect(outages(calendar, list, '24T16:59')).toEqual([
      '23T16:00 to 24T16:59: 60+479 min, begun by 23T16:00, ongoing',
    ]);
  });

  it('ends it with the last opening, past the midnight of the last date', () => {
    const night = [1, 2].map((dayOfWeek) => ({ dayOfWeek, startMs: 22 * HOUR_MS, endMs: 2 * HOUR_MS }));
    const bar = { ...calendar, weekly: night };
    const begun = '24T23:00 to';
    expect(outages(bar, ['24T23:00 inactive'], '25T01:00')).toEqual([
      `${begun} 25T01:00: 120+0 min, begun by 24T23:00, ongoing`,
    ]);
    expect(outages(bar, ['24T23:00 inactive'], '25T02:00')).toEqual([
      `${begun} 25T02:00: 180+0 min, begun by 24T23:00, over`,
    ]);
  });

  it('leaves the end to an active poll that comes after it', () => {
    const expected = over.replace('over', 'ended by 26T12:00');
    expect(outages(calendar, [...list, '26T12:00 active'], '27T12:00')).toEqual([expected]);
  });
});

describe('there is no outage', () => {
  const closed = { ...ALWAYS, closedOn: parseLocalDate('2023-01-22')! };
  it.each<[string, Calendar, string[]]>([
    ['without polls', ALWAYS, []],
    ['with active polls only', ALWAYS, ['23T10:00 active']],
    ['in a run within a closed night', NINE_TO_FIVE, ['23T17:00 inactive', '24T09:00 active']],
    ['in a closed night that goes on', NINE_TO_FIVE, ['24T17:00 inactive']],
    ['of a store that is never open', closed, ['23T10:00 inactive', '23T12:00 active', '23T14:00 inactive']],
  ])('%s', (_, calendar, list) => {
    expect(outages(calendar, list, '25T00:00')).toEqual([]);
  });
});

/** Zones and, for those that change their clocks, an instant at which they do. */
const CHANGES: [zone: string, changeMs: number][] = [
  ['UTC', Date.UTC(2026, 2, 8, 8)],
  ['America/Chicago', Date.UTC(2026, 2, 8, 8)],
  ['America/Chicago', Date.UTC(2026, 10, 1, 7)],
  ['America/Havana', Date.UTC(2023, 10, 5, 5)],
];

const anyTime = fc.oneof(fc.nat(1439), fc.nat(180)).map((minute) => minute * MINUTE_MS);
const anyHours = fc.record({ startMs: anyTime, endMs: fc.oneof(anyTime, fc.constant(DAY_MS)) });
const anyWeekly = fc.array(
  fc.tuple(fc.nat(6), anyHours).map(([dayOfWeek, row]) => ({ dayOfWeek, ...row })),
  { maxLength: 14 },
);

/** Any store in the days around a change of its clocks; its life often ends before `toMs`. */
const anyStore = fc.constantFrom(...CHANGES).chain(([zone, nowMs]) => {
  const today = Math.floor(nowMs / DAY_MS);
  const anyDate = fc.integer({ min: today - 5, max: today + 5 });
  const anyDay = fc.tuple(anyDate, fc.array(anyHours, { maxLength: 2 }));
  const anyLife = fc.option(anyDate, { nil: undefined });
  const anyInstant = fc.oneof(
    fc.integer({ min: -120, max: 120 }).map((hour) => floorToHour(nowMs) + hour * HOUR_MS),
    fc.integer({ min: -5 * DAY_MS, max: 5 * DAY_MS }).map((ms) => nowMs + ms),
  );
  const anyCase = fc.record({
    calendar: fc.record({
      zone: fc.constant(zone),
      weekly: anyWeekly,
      special: fc.array(anyDay, { maxLength: 3 }).map((days) => new Map(days)),
      openedOn: anyLife,
      closedOn: anyLife,
    }),
    // more inactive than active, so that runs are long
    polls: fc.uniqueArray(fc.tuple(anyInstant, fc.constantFrom(0, 0, 1)), { selector: ([ms]) => ms, maxLength: 25 }),
    validForMs: fc.oneof(fc.constant(DEFAULT_POLL_VALID_FOR_MS), fc.nat(30 * HOUR_MS)),
    toMs: anyInstant,
  });
  // often a poll is at an end of an opening, and often now is the instant of a poll
  return fc.tuple(anyCase, fc.array(fc.nat(100), { maxLength: 5 }), fc.nat(50)).map(([c, edges, poll]) => {
    const openings = openIntervals(c.calendar, nowMs - 5 * DAY_MS, nowMs + 5 * DAY_MS);
    const ends = openings.flatMap(({ startMs, endMs }) => [startMs, endMs]);
    const moved = new Map(c.polls.map(([ms, active], i) => [ends[edges[i] ?? -1] ?? ms, active]));
    return { ...c, polls: [...moved], toMs: c.polls.at(poll)?.[0] ?? c.toMs };
  });
});
type Store = typeof anyStore extends fc.Arbitrary<infer S> ? S : never;

const outagesOf = ({ calendar, polls: list, validForMs, toMs }: Store): Outage[] =>
  findOutages(calendar, columnsOf(list), validForMs, toMs);

function slowOutages({ calendar, polls: list, validForMs, toMs }: Store): ReferenceOutage[] {
  const storeId = 'a';
  const { zone, weekly, special, openedOn, closedOn } = calendar;
  const day = (value: LocalDate | undefined) => (value === undefined ? null : formatLocalDate(value));
  const times = (row: LocalHours) => ({ start: formatLocalTime(row.startMs), end: formatLocalTime(row.endMs) });
  const input = {
    polls: list.map(([ms, active]) => ({ storeId, at: ms, active: active === 1 })),
    hours: weekly.map((row) => ({ storeId, dayOfWeek: row.dayOfWeek, ...times(row) })),
    zones: [{ storeId, timezone: zone }],
    special: [...special].flatMap(([of, rows]) => {
      const openings = rows.length === 0 ? [{ start: null, end: null }] : rows.map(times);
      return openings.map((opening) => ({ storeId, date: formatLocalDate(of), ...opening }));
    }),
    lives: [{ storeId, openedOn: day(openedOn), closedOn: day(closedOn) }],
    pollValidForMs: validForMs,
  };
  return referenceOutages(input, storeId, 0, toMs);
}

describe('the outages of any store', () => {
  it('are those of the reference calculator', () => {
    fc.assert(
      fc.property(anyStore, (store) => {
        const { polledAtMs } = columnsOf(store.polls);
        const found = outagesOf(store).map((outage) => ({
          start: outage.startMs,
          end: outage.isOngoing ? null : outage.endMs,
          openMs: outage.openMs,
          downMs: outage.downMs,
          carriedDownMs: outage.openMs - outage.downMs,
          firstPollAt: polledAtMs[outage.firstPoll],
          endPollAt: outage.endPoll < 0 ? null : polledAtMs[outage.endPoll],
        }));
        expect(found).toEqual(slowOutages(store));
      }),
      { numRuns: 1000 },
    );
  });

  it('are in order and apart, and none is ongoing but the last', () => {
    fc.assert(
      fc.property(anyStore, (store) => {
        const found = outagesOf(store);
        const edges = found.flatMap(({ startMs, endMs }) => [startMs, endMs]);
        expect(edges).toEqual([...new Set(edges)].sort((a, b) => a - b));
        expect(found.slice(0, -1).some(({ isOngoing }) => isOngoing)).toBe(false);
      }),
    );
  });

  it('are all the inactive time that a report has from the first inactive poll on', () => {
    fc.assert(
      fc.property(anyStore, (store) => {
        const { calendar, polls: list, validForMs, toMs } = store;
        const firstMs = Math.min(...list.filter(([, active]) => active === 0).map(([ms]) => ms));
        const parts = partsFromPolls(calendar, columnsOf(list), validForMs, firstMs, toMs);
        const sum = (part: 'openMs' | 'downMs'): number =>
          outagesOf(store).reduce((ms, outage) => ms + outage[part], 0);
        expect(sum('openMs')).toBe(parts.downMs + parts.carriedDownMs);
        expect(sum('downMs')).toBe(parts.downMs);
      }),
      { numRuns: 500 },
    );
  });

  it('end where their open time does, or at the poll that ended them if the store is open then', () => {
    fc.assert(
      fc.property(anyStore, (store) => {
        const columns = columnsOf(store.polls);
        for (const { startMs, endMs, endPoll, openMs } of outagesOf(store)) {
          const runEndMs = endPoll < 0 ? store.toMs : columns.polledAtMs[endPoll];
          const openings = openIntervals(store.calendar, startMs, runEndMs);
          const isOpenAtEnd = endPoll >= 0 && openIntervals(store.calendar, runEndMs, runEndMs + 1).length > 0;
          expect([openings[0].startMs, isOpenAtEnd ? runEndMs : openings.at(-1)!.endMs]).toEqual([startMs, endMs]);
          expect(openMs).toBe(openings.reduce((ms, opening) => ms + opening.endMs - opening.startMs, 0));
        }
      }),
    );
  });
});
