import fc from 'fast-check';
import { DAY_MS, HOUR_MS } from '#libs/instant/instant.js';
import { observation } from '#libs/store-day/poll-day.js';
import type { HourRows } from '#libs/uptime/hour-rows.js';

/** The UTC day of everything here. */
export const DAY = Date.parse('2026-11-29T00:00Z');

/** Polls of the day, strictly ascending in time. */
export const observationsOfDay = fc
  .uniqueArray(fc.record({ ms: fc.nat({ max: DAY_MS - 1 }), active: fc.boolean() }), {
    selector: ({ ms }) => ms,
    maxLength: 400,
  })
  .map((polls) => Float64Array.from(polls.map(({ ms, active }) => observation(DAY + ms, active))).sort());

export interface Hour {
  readonly parts: readonly [up: number, down: number, carriedUp: number, carriedDown: number, unknown: number];
  readonly polls: number;
}

/** A breakdown that adds up to at most an hour. Often one part is the whole hour or nothing, as in real data. */
const hour: fc.Arbitrary<Hour> = fc.record({
  parts: fc.oneof(
    fc.constantFrom(
      ...([0, 1, 2, 3, 4].map((one) =>
        [0, 0, 0, 0, 0].map((_, i) => (i === one ? HOUR_MS : 0)),
      ) as unknown as Hour['parts'][]),
    ),
    fc.constant([0, 0, 0, 0, 0] as const),
    fc.tuple(
      ...([0, 1, 2, 3, 4].map(() => fc.nat({ max: HOUR_MS / 5 })) as unknown as [
        fc.Arbitrary<number>,
        fc.Arbitrary<number>,
        fc.Arbitrary<number>,
        fc.Arbitrary<number>,
        fc.Arbitrary<number>,
      ]),
    ),
  ),
  polls: fc.oneof(fc.nat({ max: 8 }), fc.nat({ max: HOUR_MS })),
});

export const hoursOfDay = fc
  .record({ first: fc.nat({ max: 23 }), hours: fc.array(hour, { minLength: 1, maxLength: 24 }) })
  .map(({ first, hours }) => ({ first, hours: hours.slice(0, 24 - first) }));

export function rowsOf(first: number, hours: readonly Hour[]): HourRows {
  const column = (of: (h: Hour) => number): Int32Array => Int32Array.from(hours.map(of));
  return {
    firstHourMs: DAY + first * HOUR_MS,
    count: hours.length,
    openMs: column(({ parts }) => parts.reduce((sum, ms) => sum + ms, 0)),
    upMs: column(({ parts }) => parts[0]),
    downMs: column(({ parts }) => parts[1]),
    carriedUpMs: column(({ parts }) => parts[2]),
    carriedDownMs: column(({ parts }) => parts[3]),
    polls: column(({ polls }) => polls),
    lastPolledAtMs: new Float64Array(hours.length),
    lastActive: new Uint8Array(hours.length),
  };
}
