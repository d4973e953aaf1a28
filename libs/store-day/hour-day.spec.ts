import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { DAY_MS, HOUR_MS } from '../instant/instant.js';
import type { HourRows } from '../uptime/hour-rows.js';
import { ByteWriter, DamagedDay, crc32, wholeOf } from './bytes.js';
import { HourDay, encodeHours } from './hour-day.js';
import { DAY, type Hour, hoursOfDay, rowsOf } from '../../test/reference/store-days.js';

const COLUMNS = ['openMs', 'upMs', 'downMs', 'carriedUpMs', 'carriedDownMs', 'polls'] as const;
function encode(rows: HourRows, dayMs = DAY, from = 0, to = rows.count): Uint8Array {
  const writer = new ByteWriter();
  encodeHours(writer, dayMs, rows, from, to);
  return writer.bytes.slice(0, writer.length);
}

describe('the hours of a day as bytes', () => {
  it('decode to the same hours', () => {
    const read = new HourDay();
    fc.assert(
      fc.property(hoursOfDay, ({ first, hours }) => {
        const rows = rowsOf(first, hours);
        read.read(wholeOf(encode(rows)), DAY);
        expect([read.firstHourMs, read.count]).toEqual([rows.firstHourMs, rows.count]);
        for (const name of COLUMNS) expect(read[name].subarray(0, rows.count)).toEqual(rows[name]);
      }),
    );
  });

  it('can be encoded from the rows of several days', () => {
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

  it('are rejected if any bit is flipped or the end is missing', () => {
    const read = new HourDay();
    fc.assert(
      fc.property(hoursOfDay, fc.nat(), fc.integer({ min: 0, max: 7 }), ({ first, hours }, at, bit) => {
        const bytes = encode(rowsOf(first, hours));
        const damaged = bytes.slice();
        damaged[at % bytes.length] ^= 1 << bit;
        expect(() => read.read(wholeOf(damaged), DAY)).toThrow(DamagedDay);
        expect(() => read.read(wholeOf(bytes.subarray(0, at % bytes.length)), DAY)).toThrow(DamagedDay);
      }),
    );
  });

  it('are rejected or valid for arbitrary bytes with a correct checksum', () => {
    const read = new HourDay();
    let refused = 0;
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 2, maxLength: 60 }), (anything) => {
        try {
          read.read(wholeOf(signed([1, ...anything])), DAY);
        } catch (error) {
          expect(error).toBeInstanceOf(DamagedDay);
          refused++;
          return;
        }
        expect(read.firstHourMs + read.count * HOUR_MS).toBeLessThanOrEqual(DAY + DAY_MS);
        for (let i = 0; i < read.count; i++) {
          const parts = read.upMs[i] + read.downMs[i] + read.carriedUpMs[i] + read.carriedDownMs[i];
          expect(parts).toBeLessThanOrEqual(read.openMs[i]);
          expect(read.openMs[i]).toBeLessThanOrEqual(HOUR_MS);
        }
      }),
    );
    expect(refused).toBeGreaterThan(0);
  });

  it.each([
    ['more open time than an hour has', [1, 0, 1, 2, 0x81, 0xdd, 0xdb, 0x01]],
    ['parts that are more than open time', [1, 0, 1, (5 << 2) | 1, 0x80, 0xdd, 0xdb, 0x01, 1, 0, 0]],
  ])('are refused when they tell of %s', (_, bytes) => {
    expect(() => new HourDay().read(wholeOf(signed(bytes)), DAY)).toThrow(DamagedDay);
  });
});

/** The bytes with their checksum. */
function signed(bytes: readonly number[]): Uint8Array {
  const body = Uint8Array.from(bytes);
  const sum = crc32(body, 0, body.length);
  return Uint8Array.from([...body, ...[0, 8, 16, 24].map((shift) => (sum >>> shift) & 0xff)]);
}
