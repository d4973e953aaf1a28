import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { DAY_MS, HOUR_MS } from '../instant/instant.js';
import type { HourRows } from '../uptime/hour-rows.js';
import { ByteWriter, DamagedDay, wholeOf } from './bytes.js';
import { HourDay, encodeHours } from './hour-day.js';

const DAY = Date.parse('2026-11-29T00:00Z');

interface Hour {
  readonly parts: readonly [up: number, down: number, carriedUp: number, carriedDown: number, unknown: number];
  readonly polls: number;
}

/** Parts that together are at most an hour; often all or nothing, as they are. */
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

const day = fc
  .record({ first: fc.nat({ max: 23 }), hours: fc.array(hour, { minLength: 1, maxLength: 24 }) })
  .map(({ first, hours }) => ({ first, hours: hours.slice(0, 24 - first) }));

function rowsOf(first: number, hours: readonly Hour[]): HourRows {
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
const COLUMNS = ['openMs', 'upMs', 'downMs', 'carriedUpMs', 'carriedDownMs', 'polls'] as const;
function encode(rows: HourRows, dayMs = DAY, from = 0, to = rows.count): Uint8Array {
  const writer = new ByteWriter();
  encodeHours(writer, dayMs, rows, from, to);
  return writer.bytes.slice(0, writer.length);
}

describe('the hours of a day as bytes', () => {
  it('are the same hours again', () => {
    const read = new HourDay();
    fc.assert(
      fc.property(day, ({ first, hours }) => {
        const rows = rowsOf(first, hours);
        read.read(wholeOf(encode(rows)), DAY);
        expect([read.firstHourMs, read.count]).toEqual([rows.firstHourMs, rows.count]);
        for (const name of COLUMNS) expect(read[name].subarray(0, rows.count)).toEqual(rows[name]);
      }),
    );
  });

  it('are cut out of the rows of several days', () => {
    const two = rowsOf(
      0,
      Array.from({ length: 48 }, (_, i) => ({ parts: [i, 0, 0, 0, 0] as const, polls: i })),
    );
    const read = new HourDay();
    read.read(wholeOf(encode(two, DAY + DAY_MS, 24, 48)), DAY + DAY_MS);
    expect([read.firstHourMs, read.count, read.upMs[0], read.polls[23]]).toEqual([DAY + DAY_MS, 24, 24, 47]);
  });

  it('take one byte for an hour that is all up, down, carried, unknown or closed', () => {
    const whole = (one: number): Hour => ({
      parts: [0, 0, 0, 0, 0].map((_, i) => (i === one ? HOUR_MS : 0)) as unknown as Hour['parts'],
      polls: 1,
    });
    expect(encode(rowsOf(0, [0, 1, 2, 3, 4, 5].map(whole))).length).toBe(3 + 6 + 4);
  });

  it('are refused when any bit of them is another, or when they are cut off', () => {
    const read = new HourDay();
    fc.assert(
      fc.property(day, fc.nat(), fc.integer({ min: 0, max: 7 }), ({ first, hours }, at, bit) => {
        const bytes = encode(rowsOf(first, hours));
        const damaged = bytes.slice();
        damaged[at % bytes.length] ^= 1 << bit;
        expect(() => read.read(wholeOf(damaged), DAY)).toThrow(DamagedDay);
        expect(() => read.read(wholeOf(bytes.subarray(0, at % bytes.length)), DAY)).toThrow(DamagedDay);
      }),
    );
  });
});
