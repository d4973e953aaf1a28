import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { type Calendar, openIntervals } from '../calendar/calendar.js';
import { DAY_MS, HOUR_MS, MINUTE_MS, floorToHour } from '../instant/instant.js';
import { totalMs } from '../intervals/intervals.js';
import { computeHourRows } from './hour-rows.js';
import { type UptimeBreakdown, addParts, noParts } from './breakdown.js';
import { DEFAULT_POLL_VALID_FOR_MS, type PollColumns } from './segments.js';
import {
  type RolledSum,
  type WindowFigures,
  figuresFromPolls,
  StoreEdges,
  figuresFromRollups,
  partsFromPolls,
} from './window-parts.js';
import { standardWindows } from './windows.js';

/** [epoch ms, 1 active or 0 inactive] */
type Poll = [polledAtMs: number, active: number];

function columnsOf(list: Poll[]): PollColumns {
  const sorted = list.toSorted(([a], [b]) => a - b);
  return { polledAtMs: sorted.map(([ms]) => ms), active: sorted.map(([, active]) => active), count: list.length };
}

interface Store {
  calendar: Calendar;
  polls: Poll[];
  validForMs: number;
}

const fromPolls = ({ calendar, polls, validForMs }: Store, startMs: number, endMs: number): UptimeBreakdown =>
  partsFromPolls(calendar, columnsOf(polls), validForMs, startMs, endMs);

/** The polls of `[fromMs, toMs)` and the last one before it: all that a time range may use. */
function pollsFor(polls: Poll[], fromMs: number, toMs: number): Poll[] {
  const lastBefore = Math.max(...polls.map(([ms]) => ms).filter((ms) => ms < fromMs));
  return polls.filter(([ms]) => ms >= lastBefore && ms < toMs);
}

/** The sum of the stored rollups: rows from the hour of the store's first poll to rolledTo. */
function rolledSum({ calendar, polls, validForMs }: Store, startMs: number, rolledToMs: number): RolledSum {
  const parts = noParts();
  const firstMs = Math.max(floorToHour(startMs), floorToHour(Math.min(...polls.map(([ms]) => ms))));
  if (firstMs >= rolledToMs) return { parts, polls: 0, firstRowMs: rolledToMs };
  const openings = openIntervals(calendar, firstMs - validForMs, rolledToMs);
  const rows = computeHourRows(columnsOf(polls), openings, validForMs, firstMs, rolledToMs);
  let rolledPolls = 0;
  for (let hour = 0; hour < rows.count; hour++) {
    rolledPolls += rows.polls[hour];
    const [openMs, upMs, downMs] = [rows.openMs[hour], rows.upMs[hour], rows.downMs[hour]];
    const [carriedUpMs, carriedDownMs] = [rows.carriedUpMs[hour], rows.carriedDownMs[hour]];
    const unknownMs = openMs - upMs - downMs - carriedUpMs - carriedDownMs;
    addParts(parts, { openMs, upMs, downMs, carriedUpMs, carriedDownMs, unknownMs });
  }
  return { parts, polls: rolledPolls, firstRowMs: firstMs };
}

/**
 * Computes figures like a report: rollups for whole hours, and at the edges only the polls that the contract promises.
 */
function fromRollups(store: Store, startMs: number, asOfMs: number, rolledToMs: number): WindowFigures {
  const cutMs = floorToHour(startMs);
  const edges = new Map([
    ...pollsFor(store.polls, cutMs, Math.min(cutMs + HOUR_MS, asOfMs)),
    ...pollsFor(store.polls, rolledToMs, asOfMs),
  ]);
  const sum = rolledSum(store, startMs, rolledToMs);
  const known = new StoreEdges(store.calendar, columnsOf([...edges]), store.validForMs);
  return figuresFromRollups(known, sum, startMs, asOfMs, rolledToMs);
}

/** The parts in minutes, without those that are zero. */
const minutes = (parts: Readonly<UptimeBreakdown>): Record<string, number> =>
  Object.fromEntries(
    Object.entries(parts)
      .filter(([, ms]) => ms !== 0)
      .map(([name, ms]) => [name.replace('Ms', ''), ms / MINUTE_MS]),
  );

/** A time on Monday 2023-01-23 in UTC. */
const at = (time: string): number => Date.parse(`2023-01-23T${time}Z`);

const MONDAY_9_TO_12: Calendar = {
  zone: 'UTC',
  weekly: [{ dayOfWeek: 0, startMs: 9 * HOUR_MS, endMs: 12 * HOUR_MS }],
};
const ALWAYS: Calendar = { zone: 'America/Chicago', weekly: [] };
const validForMs = DEFAULT_POLL_VALID_FOR_MS;

/** The example of the documentation. */
const EXAMPLE: Store = {
  calendar: MONDAY_9_TO_12,
  polls: [
    [at('08:47'), 0],
    [at('10:14'), 1],
    [at('11:15'), 0],
  ],
  validForMs,
};

describe('the windows of a report', () => {
  it('are the last hour, day and week: 1, 24 and 168 elapsed hours', () => {
    expect(standardWindows(700_000_000)).toEqual([
      { name: 'last_hour', startMs: 696_400_000, endMs: 700_000_000 },
      { name: 'last_day', startMs: 613_600_000, endMs: 700_000_000 },
      { name: 'last_week', startMs: 95_200_000, endMs: 700_000_000 },
    ]);
  });

  it('are elapsed time: the day of a DST night is 24 hours too, whatever the clock shows', () => {
    const asOfMs = Date.parse('2023-03-13T00:00Z');
    const always = { calendar: ALWAYS, polls: [], validForMs };
    expect(minutes(fromPolls(always, asOfMs - DAY_MS, asOfMs))).toEqual({ open: 1440, unknown: 1440 });
    // Sunday 00:00 to 06:00 in Chicago, when the clock skips from 02:00 to 03:00: five hours pass.
    const weekly = [{ dayOfWeek: 6, startMs: 0, endMs: 6 * HOUR_MS }];
    const nights = { calendar: { ...ALWAYS, weekly }, polls: [], validForMs };
    expect(minutes(fromPolls(nights, asOfMs - DAY_MS, asOfMs))).toEqual({ open: 300, unknown: 300 });
  });
});

describe('the parts of a window, from polls', () => {
  it('are those of the documentation’s example', () => {
    const parts = minutes(fromPolls(EXAMPLE, at('00:00'), at('23:00')));
    expect(parts).toEqual({ open: 180, carriedDown: 74, up: 61, down: 45 });
  });

  it('are cut to the millisecond', () => {
    const parts = fromPolls(EXAMPLE, at('10:13:59.999'), at('10:14:00.001'));
    expect(parts).toEqual({ ...noParts(), openMs: 2, carriedDownMs: 1, upMs: 1 });
  });

  it('ignore polls at or after the as-of', () => {
    const unpolled = { ...EXAMPLE, polls: EXAMPLE.polls.slice(0, 1) };
    expect(fromPolls(EXAMPLE, at('09:00'), at('10:14'))).toEqual(fromPolls(unpolled, at('09:00'), at('10:14')));
  });

  it('treat polls before the window in the same opening as observed', () => {
    expect(minutes(fromPolls(EXAMPLE, at('11:00'), at('12:00')))).toEqual({ open: 60, up: 15, down: 45 });
  });

  it('of an always open store are observed for three hours after a poll, wherever the window starts', () => {
    const store: Store = { calendar: ALWAYS, polls: [[at('00:00'), 1]], validForMs };
    expect(minutes(fromPolls(store, at('02:00'), at('06:00')))).toEqual({ open: 240, up: 60, carriedUp: 180 });
    expect(minutes(fromPolls(store, at('03:00'), at('06:00')))).toEqual({ open: 180, carriedUp: 180 });
  });

  it('are zero for an empty window', () => {
    expect(fromPolls(EXAMPLE, at('10:00'), at('10:00'))).toEqual(noParts());
    expect(fromPolls(EXAMPLE, at('11:00'), at('10:00'))).toEqual(noParts());
  });
});

describe('the parts of a window, from hourly rollups and the polls at its edges', () => {
  it.each([
    // what, start, as-of, rolled up to, the parts in minutes
    ['whole hours only', '09:00', '12:00', '12:00', { open: 180, carriedDown: 74, up: 61, down: 45 }],
    ['less what the start cuts off', '10:30', '12:00', '12:00', { open: 90, up: 45, down: 45 }],
    [
      'and what has come since the last rollup',
      '09:00',
      '11:30',
      '10:00',
      { open: 150, carriedDown: 74, up: 61, down: 15 },
    ],
    ['cut at both ends', '09:30', '11:30', '11:00', { open: 120, carriedDown: 44, up: 61, down: 15 }],
    ['inside one hour, before it is rolled up', '11:10', '11:20', '11:00', { open: 10, up: 5, down: 5 }],
    ['rolled up to before the window', '10:30', '11:30', '09:00', { open: 60, up: 45, down: 15 }],
    ['before the first poll and after', '07:30', '12:00', '11:00', { open: 180, carriedDown: 74, up: 61, down: 45 }],
  ])('%s: %s to %s, rolled up to %s', (_, start, asOf, rolledTo, expected) => {
    expect(minutes(fromRollups(EXAMPLE, at(start), at(asOf), at(rolledTo)).parts)).toEqual(expected);
  });

  it('are unknown before the store’s first row', () => {
    const store: Store = { calendar: ALWAYS, polls: [[at('10:20'), 1]], validForMs };
    // 08:30 to 10:20 unknown, 10:20 to 12:45 up; the rows begin at 10:00.
    expect(rolledSum(store, at('08:30'), at('12:00')).firstRowMs).toBe(at('10:00'));
    expect(minutes(fromRollups(store, at('08:30'), at('12:45'), at('12:00')).parts)).toEqual({
      open: 255,
      unknown: 110,
      up: 145,
    });
  });

  it('are unknown until a first poll that has not been rolled up yet', () => {
    const store: Store = { calendar: ALWAYS, polls: [[at('12:20'), 0]], validForMs };
    expect(minutes(fromRollups(store, at('08:30'), at('12:45'), at('12:00')).parts)).toEqual({
      open: 255,
      unknown: 230,
      down: 25,
    });
  });

  it('are unknown for a store that has no poll, or none before the as-of', () => {
    for (const polls of [[], [[at('12:45'), 1]]] satisfies Poll[][]) {
      const store: Store = { calendar: MONDAY_9_TO_12, polls, validForMs };
      const figures = fromRollups(store, at('08:30'), at('12:45'), at('12:00'));
      expect(minutes(figures.parts)).toEqual({ open: 180, unknown: 180 });
      expect(figures).toMatchObject({ polls: 0, everPolled: false });
    }
  });
});

/** Zones and, for those that change their clocks, an instant at which they do. */
const CHANGES: [zone: string, changeMs: number][] = [
  ['Asia/Kathmandu', Date.UTC(2023, 2, 12, 8)],
  ['America/Chicago', Date.UTC(2023, 2, 12, 8)],
  ['America/Chicago', Date.UTC(2023, 10, 5, 7)],
  ['Australia/Lord_Howe', Date.UTC(2023, 3, 1, 15)],
  ['Australia/Lord_Howe', Date.UTC(2023, 8, 30, 15, 30)],
  ['America/Havana', Date.UTC(2023, 2, 12, 5)],
  ['America/Havana', Date.UTC(2023, 10, 5, 5)],
  ['America/Santiago', Date.UTC(2023, 3, 2, 3)],
  ['America/Santiago', Date.UTC(2023, 8, 3, 4)],
  ['Asia/Beirut', Date.UTC(2022, 2, 26, 22)],
  ['Asia/Beirut', Date.UTC(2022, 9, 29, 21)],
];

/** An instant within the given range of hours from now, often on the hour or the minute, where bugs are likely. */
const anyInstant = (nowMs: number, fromHour: number, toHour: number): fc.Arbitrary<number> =>
  fc.oneof(
    fc.integer({ min: fromHour, max: toHour }).map((hour) => floorToHour(nowMs) + hour * HOUR_MS),
    fc.integer({ min: fromHour * 60, max: toHour * 60 }).map((minute) => nowMs + minute * MINUTE_MS),
    fc.integer({ min: fromHour * HOUR_MS, max: toHour * HOUR_MS }).map((ms) => nowMs + ms),
  );

const anyTimeOfDay = fc.nat(1439).map((minute) => minute * MINUTE_MS);
const anyHours = fc.record({
  dayOfWeek: fc.nat(6),
  startMs: fc.oneof(anyTimeOfDay, fc.constant(0)),
  endMs: fc.oneof(anyTimeOfDay, fc.constantFrom(DAY_MS - MINUTE_MS, DAY_MS - 1_000, DAY_MS)),
});

/** Any store in the weeks around a DST change; its first poll may be inside or after any window. */
const anyCase = fc.constantFrom(...CHANGES).chain(([zone, nowMs]) =>
  fc
    .record({
      weekly: fc.array(anyHours, { maxLength: 14 }),
      polls: fc.uniqueArray(fc.tuple(anyInstant(nowMs, -200, 200), fc.nat(1)), {
        selector: ([ms]) => ms,
        maxLength: 40,
      }),
      firstPollMs: fc.oneof(fc.constant(-Infinity), anyInstant(nowMs, -200, 200)),
      validForMs: fc.oneof(fc.constant(validForMs), fc.nat(30 * HOUR_MS)),
      asOfMs: anyInstant(nowMs, -24, 168),
      lengthMs: fc.oneof(fc.constantFrom(HOUR_MS, 24 * HOUR_MS, 168 * HOUR_MS), fc.nat(170 * HOUR_MS)),
      unrolledHours: fc.oneof(fc.constant(0), fc.nat(6), fc.nat(200)),
    })
    .map(({ weekly, polls, firstPollMs, asOfMs, lengthMs, unrolledHours, ...rest }) => ({
      store: { ...rest, calendar: { zone, weekly }, polls: polls.filter(([ms]) => ms >= firstPollMs) },
      startMs: asOfMs - lengthMs,
      asOfMs,
      rolledToMs: floorToHour(asOfMs) - unrolledHours * HOUR_MS,
    })),
);

describe('the parts of any window of any store', () => {
  it('sum to the open time of the calendar', () => {
    fc.assert(
      fc.property(anyCase, ({ store, startMs, asOfMs }) => {
        const { openMs, ...parts } = fromPolls(store, startMs, asOfMs);
        expect(Object.values(parts).reduce((sum, ms) => sum + ms, 0)).toBe(openMs);
        expect(openMs).toBe(totalMs(openIntervals(store.calendar, startMs, asOfMs)));
      }),
    );
  });

  it('are the sum of the parts of its two halves, wherever it is split', () => {
    fc.assert(
      fc.property(anyCase, fc.double({ min: 0, max: 1, noNaN: true }), ({ store, startMs, asOfMs }, share) => {
        const cutMs = startMs + Math.floor(share * (asOfMs - startMs));
        const pieces = addParts(fromPolls(store, startMs, cutMs), fromPolls(store, cutMs, asOfMs));
        expect(pieces).toEqual(fromPolls(store, startMs, asOfMs));
      }),
    );
  });

  it('need only the polls inside and the last one before', () => {
    fc.assert(
      fc.property(anyCase, ({ store, startMs, asOfMs }) => {
        const polls = pollsFor(store.polls, startMs, asOfMs);
        expect(fromPolls({ ...store, polls }, startMs, asOfMs)).toEqual(fromPolls(store, startMs, asOfMs));
      }),
    );
  });

  it('are identical from rollups and from polls, wherever the watermark is', () => {
    fc.assert(
      fc.property(anyCase, ({ store, startMs, asOfMs, rolledToMs }) => {
        const expected = figuresFromPolls(store.calendar, columnsOf(store.polls), store.validForMs, startMs, asOfMs);
        expect(fromRollups(store, startMs, asOfMs, rolledToMs)).toEqual(expected);
        expect(expected.polls).toBe(store.polls.filter(([ms]) => ms >= startMs && ms < asOfMs).length);
      }),
      { numRuns: 1000 },
    );
  });
});
