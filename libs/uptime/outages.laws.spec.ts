import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { type ReferenceOutage, referenceOutages } from '../../test/reference/outages.js';
import { type LocalHours, openIntervals } from '../calendar/calendar.js';
import { type LocalDate, formatLocalDate } from '../calendar/local-date.js';
import { formatLocalTime } from '../calendar/local-time.js';
import { DAY_MS, HOUR_MS, MINUTE_MS, floorToHour } from '../instant/instant.js';
import { type Outage, findOutages } from './outages.js';
import { DEFAULT_POLL_VALID_FOR_MS, type PollColumns } from './segments.js';
import { partsFromPolls } from './window-parts.js';

/** [epoch ms, 1 active or 0 inactive] */
type Poll = [polledAtMs: number, active: number];

function columnsOf(list: Poll[]): PollColumns {
  const sorted = list.toSorted(([a], [b]) => a - b);
  return { polledAtMs: sorted.map(([ms]) => ms), active: sorted.map(([, active]) => active), count: list.length };
}

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

/** Any store in the days around a DST change; its last date is often before `toMs`. */
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
    // More inactive than active polls, so that runs are long.
    polls: fc.uniqueArray(fc.tuple(anyInstant, fc.constantFrom(0, 0, 1)), { selector: ([ms]) => ms, maxLength: 25 }),
    validForMs: fc.oneof(fc.constant(DEFAULT_POLL_VALID_FOR_MS), fc.nat(30 * HOUR_MS)),
    toMs: anyInstant,
  });
  // A poll is often at the end of an opening, and now is often the instant of a poll.
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
  it('match the reference calculator', () => {
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

  it('are sorted and separate, and only the last may be ongoing', () => {
    fc.assert(
      fc.property(anyStore, (store) => {
        const found = outagesOf(store);
        const edges = found.flatMap(({ startMs, endMs }) => [startMs, endMs]);
        expect(edges).toEqual([...new Set(edges)].sort((a, b) => a - b));
        expect(found.slice(0, -1).some(({ isOngoing }) => isOngoing)).toBe(false);
      }),
    );
  });

  it('cover all inactive time of a report from the first inactive poll on', () => {
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

  it('end with their open time, or at the poll that ended them if the store is open then', () => {
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
