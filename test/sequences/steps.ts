import * as fc from 'fast-check';
import { type Look, SURFACES } from './looks.js';
import { ZONES } from './spelling.js';
import type { LocalRow, WeekRow } from './world.js';

/** The number of stores in a sequence: few, so that facts interact. */
export const STORES = 4;
/**
 * The number of days in a sequence: enough for polls that are weeks late, and for windows that end before others begin.
 */
export const DAYS = 30;

/** Midnights UTC on Mondays, from which the days are counted. After each one, some of ZONES have a DST change. */
export const BASES = ['2023-03-06', '2024-10-21', '2025-03-24'].map((date) => Date.parse(`${date}T00:00Z`));
export const VALID_FOR = { '3h': 10_800_000, '40m': 2_400_000 };
export type ValidFor = keyof typeof VALID_FOR;

export interface PollAt {
  readonly store: number;
  readonly ms: number;
  readonly active: boolean;
}

/** The possible steps. Stores are numbers, times are in ms after the base, dates in days after it. */
export type Step =
  | { readonly do: 'ingest'; readonly polls: readonly PollAt[] }
  | { readonly do: 'load'; readonly polls: readonly PollAt[]; readonly again: boolean }
  | { readonly do: 'contradict'; readonly which: number }
  | { readonly do: 'poll at an opening'; readonly store: number; readonly which: number }
  | { readonly do: 'week'; readonly store: number; readonly rows: readonly WeekRow[]; readonly asFile: boolean }
  | { readonly do: 'zone'; readonly store: number; readonly zone: string | null; readonly asFile: boolean }
  | { readonly do: 'special'; readonly days: readonly SpecialAt[]; readonly asFile: boolean }
  | { readonly do: 'life'; readonly store: number; readonly opened: number | null; readonly closed: number | null }
  | { readonly do: 'set POLL_VALID_FOR'; readonly to: ValidFor }
  | { readonly do: 'roll up' }
  | { readonly do: 'report'; readonly ms: number; readonly basis: 'all' | 'observed' }
  | { readonly do: 'windows'; readonly ms: number; readonly windows: readonly WindowAt[]; readonly some: boolean };

/** Soon after one of the latest polls; 0 is the very latest. */
export interface AfterPoll {
  readonly poll: number;
  readonly ms: number;
}

/** The request after a step: as of a time after the base, or soon after a poll; null: as of the latest poll. */
export interface LookAt extends Pick<Look, 'at' | 'size'> {
  readonly store: number;
  readonly asOf: number | AfterPoll | null;
  /** How far the latest poll is ahead of the clock, if as-of is null. */
  readonly aheadMs: number;
  /** Whether polls arrive between the pages of a list. */
  readonly isPolledBetween: boolean;
  /** The start: this long before as-of, or soon after a poll. */
  readonly from: number | AfterPoll;
}

export interface SpecialAt {
  readonly store: number;
  readonly date: number;
  /** null: the weekly hours again. */
  readonly rows: readonly LocalRow[] | null;
}

export type WindowAt = { readonly seconds: number } | { readonly backMs: number; readonly lengthMs: number };

const HOUR_MS = 3_600_000;

const store = fc.nat(STORES - 1);
/** Often on the hour or next to it, where errors are likely; otherwise any millisecond. */
const instant = (fromDay: number, toDay: number): fc.Arbitrary<number> => {
  const hour = fc.integer({ min: fromDay * 24, max: toDay * 24 });
  return fc.oneof(
    hour.map((h) => h * HOUR_MS),
    fc.tuple(hour, fc.constantFrom(-1, 1, 600_000, 1_800_000)).map(([h, ms]) => h * HOUR_MS + ms),
    fc.integer({ min: fromDay * 24 * HOUR_MS, max: toDay * 24 * HOUR_MS }),
  );
};

const clock = (halfHours: number): string =>
  `${String(Math.floor(halfHours / 2)).padStart(2, '0')}:${halfHours % 2 === 0 ? '00' : '30'}:00`;
/** Half-hours of a day, often at night, when clocks change. */
const halfHour = fc.oneof({ weight: 2, arbitrary: fc.nat(47) }, { weight: 1, arbitrary: fc.nat(6) });
const localRow = fc.record({
  start: halfHour.map(clock),
  end: fc.oneof({ weight: 3, arbitrary: halfHour.map(clock) }, fc.constantFrom('23:59:00', '23:59:59', '24:00:00')),
});
/** A row without times only says that the store has hours. */
const weekRow = fc
  .record({
    dayOfWeek: fc.oneof(fc.nat(6), fc.constantFrom(5, 6)),
    hours: fc.option(fc.record({ start: halfHour.map(clock), end: halfHour.map(clock) }), { freq: 9 }),
  })
  .map(({ dayOfWeek, hours }) => ({ dayOfWeek, ...(hours ?? { start: 'Closed', end: 'Closed' }) }));

/** Polls in a sequence, as a poller sends them, and single polls from anywhere. */
const polls = fc.oneof(
  fc.array(fc.record({ store, ms: instant(0, DAYS), active: fc.boolean() }), { minLength: 1, maxLength: 12 }),
  fc
    .record({
      store,
      start: instant(0, DAYS - 2),
      every: fc.constantFrom(HOUR_MS + 61_234, 600_000, 1_234_567),
      states: fc.array(fc.boolean(), { minLength: 5, maxLength: 40 }),
    })
    .map(({ store: of, start, every, states }) =>
      states.map((active, i) => ({ store: of, ms: start + i * every, active })),
    ),
);

const steps: [weight: number, step: fc.Arbitrary<Step>][] = [
  [5, fc.record({ do: fc.constant('ingest'), polls })],
  [3, fc.record({ do: fc.constant('load'), polls, again: fc.boolean() })],
  [3, fc.record({ do: fc.constant('contradict'), which: fc.nat() })],
  [3, fc.record({ do: fc.constant('poll at an opening'), store, which: fc.nat() })],
  [
    2,
    fc.record({
      do: fc.constant('week'),
      store,
      rows: fc.array(weekRow, { maxLength: 9 }),
      asFile: fc.boolean(),
    }),
  ],
  [
    2,
    fc.record({
      do: fc.constant('zone'),
      store,
      zone: fc.option(fc.constantFrom(...ZONES), { freq: 2, nil: null }),
      asFile: fc.boolean(),
    }),
  ],
  [
    3,
    fc.record({
      do: fc.constant('special'),
      days: fc.array(
        fc.record({
          store,
          date: fc.integer({ min: -1, max: DAYS }),
          rows: fc.option(fc.array(localRow, { maxLength: 3 }), { freq: 4 }),
        }),
        { minLength: 1, maxLength: 4 },
      ),
      asFile: fc.boolean(),
    }),
  ],
  [
    2,
    fc
      .record({
        do: fc.constant('life' as const),
        store,
        dates: fc.tuple(fc.integer({ min: -2, max: DAYS }), fc.integer({ min: -2, max: DAYS + 2 })),
        has: fc.tuple(fc.boolean(), fc.boolean()),
      })
      .map(({ dates: [a, b], has: [hasOpened, hasClosed], ...rest }) => ({
        ...rest,
        opened: hasOpened ? Math.min(a, b) : null,
        closed: hasClosed ? Math.max(a, b) : null,
      })),
  ],
  [1, fc.record({ do: fc.constant('set POLL_VALID_FOR'), to: fc.constantFrom('3h', '40m') })],
  [4, fc.record({ do: fc.constant('roll up') })],
  [
    2,
    fc.record({
      do: fc.constant('report'),
      ms: instant(-1, DAYS + 10),
      basis: fc.constantFrom('all', 'observed'),
    }),
  ],
  [
    2,
    fc.record({
      do: fc.constant('windows'),
      ms: instant(0, DAYS + 5),
      windows: fc.array(
        fc.oneof(
          fc.record({
            seconds: fc.oneof(
              fc.integer({ min: 1, max: 40 }).map((h) => h * 3_600),
              fc.integer({ min: 1, max: 3_000_000 }),
            ),
          }),
          fc.record({ backMs: fc.nat(20 * 24 * HOUR_MS), lengthMs: fc.integer({ min: 1, max: 20 * 24 * HOUR_MS }) }),
        ),
        { minLength: 1, maxLength: 4 },
      ),
      some: fc.boolean(),
    }),
  ],
];

/** A past that is rolled up: stores with zones and weeks, polled for days. What follows is therefore late. */
const settled: fc.Arbitrary<Step[]> = fc
  .record({
    zones: fc.array(fc.constantFrom(...ZONES), { minLength: STORES, maxLength: STORES }),
    weeks: fc.array(fc.array(weekRow, { minLength: 1, maxLength: 9 }), { minLength: STORES, maxLength: STORES }),
    starts: fc.array(instant(0, 8), { minLength: STORES, maxLength: STORES }),
    states: fc.array(fc.boolean(), { minLength: 20, maxLength: 60 }),
  })
  .map(({ zones, weeks, starts, states }) => [
    ...zones.map((zone, of): Step => ({ do: 'zone', store: of, zone, asFile: true })),
    ...weeks.map((rows, of): Step => ({ do: 'week', store: of, rows, asFile: true })),
    ...starts.map((start, of): Step => {
      // About every seven hours, at other times of the day for each store.
      const series = states.map((active, i) => ({ store: of, ms: start + i * (7 * HOUR_MS + 654_321), active }));
      return { do: 'load', polls: series, again: false };
    }),
    { do: 'roll up' },
  ]);

const afterPoll: fc.Arbitrary<AfterPoll> = fc.record({
  poll: fc.oneof(fc.nat(1), fc.nat(11)),
  ms: fc.oneof(fc.constantFrom(0, 1), fc.nat(HOUR_MS)),
});

const look: fc.Arbitrary<LookAt> = fc.record({
  // Lists of outages have the most ways to be wrong.
  at: fc.constantFrom('recent outages', 'outages', ...SURFACES),
  store,
  asOf: fc.option(fc.oneof(instant(0, DAYS + 5), afterPoll), { freq: 3 }),
  aheadMs: fc.oneof(fc.constant(0), fc.constantFrom(1, 240_000), fc.nat(240_000)),
  isPolledBetween: fc.boolean(),
  from: fc.oneof(
    fc.nat(48).map((h) => h * HOUR_MS),
    fc.nat(30 * 24 * HOUR_MS),
    afterPoll,
  ),
  size: fc.integer({ min: 1, max: 5 }),
});

/** A sequence: a base, a past without comparisons, and then steps with a comparison after each. */
export const sequence = fc.record({
  base: fc.constantFrom(...BASES),
  /** The random seed for how files write what is loaded. */
  spelling: fc.nat(),
  past: fc.option(settled, { freq: 2, nil: [] }),
  steps: fc.array(fc.record({ step: fc.oneof(...steps.map(([weight, arbitrary]) => ({ weight, arbitrary }))), look }), {
    minLength: 4,
    maxLength: 18,
  }),
});
