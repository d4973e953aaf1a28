import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../instant/instant.js';
import { unite } from '../intervals/intervals.js';
import { type Calendar, openIntervals } from './calendar.js';

const CHANGES: [zone: string, changeMs: number][] = (
  [
    ['UTC', '2023-03-12T08:00Z'],
    ['Asia/Kathmandu', '2023-03-12T08:00Z'],
    ['America/Chicago', '2023-03-12T08:00Z'],
    ['America/Chicago', '2023-11-05T07:00Z'],
    ['Australia/Lord_Howe', '2023-04-01T15:00Z'],
    ['Australia/Lord_Howe', '2023-09-30T15:30Z'],
    ['America/Havana', '2023-03-12T05:00Z'],
    ['America/Havana', '2023-11-05T05:00Z'],
    ['Asia/Beirut', '2022-03-26T22:00Z'],
    ['Asia/Beirut', '2022-10-29T21:00Z'],
    ['America/Santiago', '2023-04-02T03:00Z'],
    ['America/Santiago', '2023-09-03T04:00Z'],
    ['Pacific/Apia', '2011-12-30T10:00Z'],
  ] as const
).map(([zone, change]) => [zone, Date.parse(change)]);

const anyMinute = fc.oneof(fc.integer({ min: 0, max: 1439 }), fc.integer({ min: 0, max: 180 }), fc.constant(0));
const anyEnd = fc.oneof(anyMinute, fc.constantFrom(1438, 1439, 1440));
const anyRow = fc.record({
  dayOfWeek: fc.nat(6),
  startMs: anyMinute.map((m) => m * MINUTE_MS),
  endMs: anyEnd.map((m) => m * MINUTE_MS),
});
/** A calendar, and a window of up to a week around a DST change (to the minute). */
const anyCase = fc
  .record({
    change: fc.constantFrom(...CHANGES),
    weekly: fc.array(anyRow, { minLength: 1, maxLength: 8 }),
    before: fc.nat(4 * 1440),
    after: fc.nat(3 * 1440),
  })
  .map(({ change: [zone, changeMs], weekly, before, after }) => ({
    calendar: { zone, weekly },
    fromMs: changeMs - before * MINUTE_MS,
    toMs: changeMs + after * MINUTE_MS,
  }));

const QUARTER_MS = 15 * MINUTE_MS; // for decades, clocks have changed only on a quarter hour

const offsets = new Map<string, number>();

/** The offset (local minus UTC) at the start of a quarter hour, from Intl. */
function offsetAt(zone: string, quarterMs: number): number {
  const key = `${zone} ${quarterMs}`;
  const known = offsets.get(key);
  if (known !== undefined) return known;
  const shown = new Date(quarterMs).toLocaleString('sv-SE', { timeZone: zone }); // 2023-01-22 12:00:00
  const offset = Date.parse(`${shown.replace(' ', 'T')}Z`) - quarterMs;
  offsets.set(key, offset);
  return offset;
}

/** RFC 5545 read literally: the first quarter hour that shows the time, or the offset before the gap if none does. */
function slowToUtc(zone: string, localMs: number): number {
  const firstMs = Math.floor(localMs / QUARTER_MS) * QUARTER_MS - 15 * HOUR_MS;
  let offsetBeforeGap: number | undefined;
  for (let quarterMs = firstMs; quarterMs < firstMs + 30 * HOUR_MS; quarterMs += QUARTER_MS) {
    const offset = offsetAt(zone, quarterMs);
    const utcMs = localMs - offset;
    if (quarterMs <= utcMs && utcMs < quarterMs + QUARTER_MS) return utcMs;
    if (utcMs < quarterMs) offsetBeforeGap ??= offsetAt(zone, quarterMs - QUARTER_MS);
  }
  return localMs - offsetBeforeGap!;
}

/** Whether no quarter hour shows the date of a local midnight. */
function isMissing(zone: string, midnightMs: number): boolean {
  for (let quarterMs = midnightMs - DAY_MS; quarterMs < midnightMs + 2 * DAY_MS; quarterMs += QUARTER_MS) {
    if (Math.floor((quarterMs + offsetAt(zone, quarterMs)) / DAY_MS) * DAY_MS === midnightMs) return false;
  }
  return true;
}

/** Every minute of the window that a row covers. */
function slowOpenMinutes({ zone, weekly }: Calendar, fromMs: number, toMs: number): Uint8Array {
  const open = new Uint8Array((toMs - fromMs) / MINUTE_MS);
  for (
    let midnightMs = Math.floor(fromMs / DAY_MS - 4) * DAY_MS;
    midnightMs < toMs + 2 * DAY_MS;
    midnightMs += DAY_MS
  ) {
    if (isMissing(zone, midnightMs)) continue;
    const weekday = (new Date(midnightMs).getUTCDay() + 6) % 7;
    for (const hours of weekly.filter((h) => h.dayOfWeek === weekday)) {
      const endMs = hours.endMs >= 1439 * MINUTE_MS ? DAY_MS : hours.endMs;
      const start = slowToUtc(zone, midnightMs + hours.startMs);
      const end = slowToUtc(zone, midnightMs + endMs + (endMs <= hours.startMs ? DAY_MS : 0));
      for (let at = Math.max(start, fromMs); at < Math.min(end, toMs); at += MINUTE_MS)
        open[(at - fromMs) / MINUTE_MS] = 1;
    }
  }
  return open;
}

describe('the openings of any calendar, in a week with a DST change', () => {
  it('match a slow implementation of the rules, minute by minute', () => {
    fc.assert(
      fc.property(anyCase, ({ calendar, fromMs, toMs }) => {
        const open = new Uint8Array((toMs - fromMs) / MINUTE_MS);
        for (const { startMs, endMs } of openIntervals(calendar, fromMs, toMs)) {
          open.fill(1, (startMs - fromMs) / MINUTE_MS, (endMs - fromMs) / MINUTE_MS);
        }
        expect(Buffer.compare(open, slowOpenMinutes(calendar, fromMs, toMs))).toBe(0);
      }),
      { numRuns: 150 },
    );
  });

  it('are merged, sorted, and inside the window', () => {
    fc.assert(
      fc.property(anyCase, ({ calendar, fromMs, toMs }) => {
        const openings = openIntervals(calendar, fromMs, toMs);
        expect(unite(openings)).toEqual(openings);
        expect(openings.every((o) => o.startMs >= fromMs && o.endMs <= toMs)).toBe(true);
      }),
    );
  });

  it('do not depend on the order or repetition of rows', () => {
    fc.assert(
      fc.property(anyCase, ({ calendar, fromMs, toMs }) => {
        const weekly = [...calendar.weekly, ...calendar.weekly.toReversed()];
        expect(openIntervals({ ...calendar, weekly }, fromMs, toMs)).toEqual(openIntervals(calendar, fromMs, toMs));
      }),
    );
  });

  it('are the same for a window as a whole and split in two', () => {
    fc.assert(
      fc.property(anyCase, fc.double({ min: 0, max: 1, noNaN: true }), ({ calendar, fromMs, toMs }, share) => {
        const cutMs = fromMs + Math.floor(share * (toMs - fromMs));
        const pieces = [...openIntervals(calendar, fromMs, cutMs), ...openIntervals(calendar, cutMs, toMs)];
        expect(unite(pieces)).toEqual(openIntervals(calendar, fromMs, toMs));
      }),
    );
  });
});
