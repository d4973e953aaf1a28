import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { HOUR_MS, MINUTE_MS } from '../instant/instant.js';
import { type Interval, unite } from '../intervals/intervals.js';
import { type HourRows, computeHourRows } from './hour-rows.js';
import { type UptimeBreakdown, addParts, noParts, sumInto } from './breakdown.js';
import { DEFAULT_POLL_VALID_FOR_MS, type PollColumns, forEachSegment } from './segments.js';

/** A time on Monday 2023-01-23 in UTC. */
const at = (time: string): number => Date.parse(`2023-01-23T${time}Z`);

/** `opening('09:00-12:00')` */
const opening = (text: string): Interval => {
  const [start, end] = text.split('-');
  return { startMs: at(start), endMs: at(end) };
};

/** [epoch ms, 1 active or 0 inactive] */
type Poll = [polledAtMs: number, active: number];

/** `poll('08:47 inactive')` */
const poll = (text: string): Poll => [at(text.split(' ')[0]), text.endsWith(' active') ? 1 : 0];

function columnsOf(list: Poll[]): PollColumns {
  const sorted = list.toSorted(([a], [b]) => a - b);
  return { polledAtMs: sorted.map(([ms]) => ms), active: sorted.map(([, active]) => active), count: list.length };
}

/** The rows of the hours between two times. */
function rowsOf(openings: string[], polls: string[], from: string, to: string): HourRows {
  const columns = columnsOf(polls.map(poll));
  return computeHourRows(columns, openings.map(opening), DEFAULT_POLL_VALID_FOR_MS, at(from), at(to));
}

const minutes = (column: Int32Array): number[] => Array.from(column, (ms) => ms / MINUTE_MS);

/** The five parts of an hour; unknown time is the rest of open time. */
function partsOf(rows: HourRows, hour: number): UptimeBreakdown {
  const [openMs, upMs, downMs] = [rows.openMs[hour], rows.upMs[hour], rows.downMs[hour]];
  const [carriedUpMs, carriedDownMs] = [rows.carriedUpMs[hour], rows.carriedDownMs[hour]];
  const unknownMs = openMs - upMs - downMs - carriedUpMs - carriedDownMs;
  return { openMs, upMs, downMs, carriedUpMs, carriedDownMs, unknownMs };
}

describe('the hourly rollups of a store', () => {
  it('split the example of the documentation by the hour', () => {
    const rows = rowsOf(['09:00-12:00'], ['08:47 inactive', '10:14 active', '11:15 inactive'], '08:00', '13:00');
    expect(rows.count).toBe(5);
    expect(rows.firstHourMs).toBe(at('08:00'));
    expect(minutes(rows.openMs)).toEqual([0, 60, 60, 60, 0]);
    expect(minutes(rows.carriedDownMs)).toEqual([0, 60, 14, 0, 0]);
    expect(minutes(rows.upMs)).toEqual([0, 0, 46, 15, 0]);
    expect(minutes(rows.downMs)).toEqual([0, 0, 0, 45, 0]);
    expect(minutes(rows.carriedUpMs)).toEqual([0, 0, 0, 0, 0]);
  });

  it('assign the first millisecond of an hour to that hour', () => {
    const rows = rowsOf(['09:00-12:00'], ['09:30 active', '10:00 inactive', '10:59:59.999 active'], '09:00', '12:00');
    expect(minutes(rows.upMs)).toEqual([30, 1 / MINUTE_MS, 60]);
    expect(minutes(rows.downMs)).toEqual([0, 60 - 1 / MINUTE_MS, 0]);
    expect([...rows.polls]).toEqual([1, 2, 0]);
  });

  it('count an opening that ends on the hour to its last hour and not the next', () => {
    const rows = rowsOf(['09:00-10:00', '10:30-11:00'], [], '09:00', '12:00');
    expect(minutes(rows.openMs)).toEqual([60, 30, 0]);
  });

  it('carry the status on through hours without a poll', () => {
    const rows = rowsOf(['08:00-13:00'], ['08:30 active'], '08:00', '13:00');
    expect(minutes(rows.upMs)).toEqual([30, 60, 60, 30, 0]);
    expect(minutes(rows.carriedUpMs)).toEqual([0, 0, 0, 30, 60]);
    expect(minutes(rows.openMs)).toEqual([60, 60, 60, 60, 60]); // of which the first half hour is unknown
  });

  it('carry the status into their first hour from an earlier poll', () => {
    const rows = rowsOf(['08:00-13:00'], ['07:10 inactive', '08:30 active'], '10:00', '12:00');
    expect(minutes(rows.upMs)).toEqual([60, 30]);
    expect(minutes(rows.carriedUpMs)).toEqual([0, 30]);
    expect([...rows.polls]).toEqual([0, 0]);
  });

  it('ignore later polls', () => {
    const rows = rowsOf(['09:00-12:00'], ['09:00 active', '11:00 inactive'], '09:00', '11:00');
    expect(minutes(rows.upMs)).toEqual([60, 60]);
    expect([...rows.lastActive]).toEqual([1, 1]);
  });

  it('count every poll in its hour, inside openings or not', () => {
    const polls = ['08:00 active', '08:59:59.999 active', '10:10 active', '10:20 active'];
    expect([...rowsOf(['09:00-10:00'], polls, '08:00', '12:00').polls]).toEqual([2, 0, 2, 0]);
  });

  it('contain the status in force at the end of the hour and when it was polled', () => {
    const rows = rowsOf(['09:00-10:00'], ['09:10 inactive', '09:50 active', '11:00 inactive'], '08:00', '12:00');
    expect([...rows.lastPolledAtMs]).toEqual([NaN, at('09:50'), at('09:50'), at('11:00')]);
    expect([...rows.lastActive]).toEqual([0, 1, 1, 0]);
  });

  it('are empty for an empty range', () => {
    expect(rowsOf(['09:00-12:00'], ['09:00 active'], '10:00', '10:00').count).toBe(0);
    expect(rowsOf(['09:00-12:00'], ['09:00 active'], '11:00', '10:00').count).toBe(0);
  });
});

const HOURS = 12;
/** An instant in the twelve hours, often on the hour, where bugs are likely. */
const anyMs = fc.oneof(
  fc.nat(HOURS * HOUR_MS),
  fc.nat(HOURS * 60).map((minute) => minute * MINUTE_MS),
  fc.nat(HOURS).map((hour) => hour * HOUR_MS),
);
const anyOpenings = fc.array(fc.record({ startMs: anyMs, endMs: anyMs }), { maxLength: 5 }).map(unite);
const anyPolls = fc.uniqueArray(fc.tuple(anyMs, fc.nat(1)), { selector: ([ms]) => ms, maxLength: 15 });
const anyStore = fc.record({
  polls: anyPolls,
  openings: anyOpenings,
  validForMs: fc.oneof(fc.constant(DEFAULT_POLL_VALID_FOR_MS), fc.nat(4 * HOUR_MS)),
});
const anyHour = fc.nat(HOURS);

type Store = typeof anyStore extends fc.Arbitrary<infer S> ? S : never;

const compute = ({ polls, openings, validForMs }: Store, fromHour: number, toHour: number): HourRows =>
  computeHourRows(columnsOf(polls), openings, validForMs, fromHour * HOUR_MS, toHour * HOUR_MS);

/** The parts of any window, straight from the segments. */
function windowParts({ polls, openings, validForMs }: Store, fromMs: number, toMs: number): UptimeBreakdown {
  const parts = noParts();
  forEachSegment(columnsOf(polls), openings, validForMs, fromMs, toMs, sumInto(parts, fromMs));
  return parts;
}

describe('the hourly rollups of any store', () => {
  it('are the parts of a window of that hour alone', () => {
    fc.assert(
      fc.property(anyStore, (store) => {
        const rows = compute(store, 0, HOURS);
        for (let hour = 0; hour < HOURS; hour++) {
          const parts = partsOf(rows, hour);
          expect(parts).toEqual(windowParts(store, hour * HOUR_MS, (hour + 1) * HOUR_MS));
          expect(Math.min(...Object.values(parts))).toBeGreaterThanOrEqual(0);
          expect(parts.openMs).toBeLessThanOrEqual(HOUR_MS);
        }
      }),
    );
  });

  it('sum to the parts of the whole window', () => {
    fc.assert(
      fc.property(anyStore, anyHour, anyHour, (store, fromHour, toHour) => {
        const rows = compute(store, fromHour, toHour);
        const sum = noParts();
        for (let hour = 0; hour < rows.count; hour++) addParts(sum, partsOf(rows, hour));
        expect(sum).toEqual(windowParts(store, fromHour * HOUR_MS, toHour * HOUR_MS));
      }),
    );
  });

  it('contain the poll counts and last statuses of a naive calculation', () => {
    fc.assert(
      fc.property(anyStore, (store) => {
        const rows = compute(store, 0, HOURS);
        for (let hour = 0; hour < HOURS; hour++) {
          const until = columnsOf(store.polls.filter(([ms]) => ms < (hour + 1) * HOUR_MS));
          expect(rows.polls[hour]).toBe(Array.from(until.polledAtMs).filter((ms) => ms >= hour * HOUR_MS).length);
          expect(rows.lastPolledAtMs[hour]).toBe(until.count > 0 ? until.polledAtMs[until.count - 1] : NaN);
          expect(rows.lastActive[hour]).toBe(until.count > 0 ? until.active[until.count - 1] : 0);
        }
      }),
    );
  });

  it('do not depend on the order in which the polls arrived', () => {
    const shuffled = anyStore.chain((store) =>
      fc.record({
        store: fc.constant(store),
        polls: fc.shuffledSubarray(store.polls, { minLength: store.polls.length }),
      }),
    );
    fc.assert(
      fc.property(shuffled, ({ store, polls }) => {
        expect(compute({ ...store, polls }, 0, HOURS)).toEqual(compute(store, 0, HOURS));
      }),
    );
  });

  it('can be continued from the last row alone', () => {
    fc.assert(
      fc.property(anyStore, fc.integer({ min: 1, max: HOURS - 1 }), (store, hour) => {
        const whole = compute(store, 0, HOURS);
        const polls = store.polls.filter(([ms]) => ms >= hour * HOUR_MS);
        const lastPolledAtMs = whole.lastPolledAtMs[hour - 1];
        if (!Number.isNaN(lastPolledAtMs)) polls.push([lastPolledAtMs, whole.lastActive[hour - 1]]);
        const rest = compute({ ...store, polls }, hour, HOURS);
        for (const column of ['openMs', 'upMs', 'downMs', 'carriedUpMs', 'carriedDownMs', 'polls'] as const) {
          expect(rest[column]).toEqual(whole[column].slice(hour));
        }
        expect(rest.lastPolledAtMs).toEqual(whole.lastPolledAtMs.slice(hour));
        expect(rest.lastActive).toEqual(whole.lastActive.slice(hour));
      }),
    );
  });
});
