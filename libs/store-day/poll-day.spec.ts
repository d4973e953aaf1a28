import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { DAY_MS } from '../instant/instant.js';
import { ByteWriter, DamagedDay, crc32, wholeOf } from './bytes.js';
import { DAY, observationsOfDay } from '../../test/reference/store-days.js';
import { PollDay, encodePolls, instantOf, isActive, mergePolls, observation } from './poll-day.js';

function encode(values: Float64Array): Uint8Array {
  const writer = new ByteWriter();
  encodePolls(writer, DAY, values, 0, values.length);
  return writer.bytes.slice(0, writer.length);
}

function decode(bytes: Uint8Array): Float64Array {
  const day = new PollDay();
  day.read(wholeOf(bytes), DAY);
  return day.observations.slice(0, day.count);
}

describe('the polls of a day as bytes', () => {
  it('decode to the same polls', () => {
    fc.assert(fc.property(observationsOfDay, (values) => expect(decode(encode(values))).toEqual(values)));
  });

  it('take 4 bytes a poll when hourly, and 3 when every five minutes', () => {
    const every = (stepMs: number): number => {
      const values = Array.from({ length: DAY_MS / stepMs }, (_, i) => observation(DAY + i * stepMs + 123, i % 3 > 0));
      return encode(Float64Array.from(values)).length / values.length;
    };
    expect(every(3_600_000)).toBeLessThan(4.3);
    expect(every(300_000)).toBeLessThan(3.1);
  });

  it('are rejected if any bit is flipped', () => {
    fc.assert(
      fc.property(observationsOfDay, fc.nat(), fc.integer({ min: 0, max: 7 }), (values, at, bit) => {
        const bytes = encode(values);
        bytes[at % bytes.length] ^= 1 << bit;
        expect(() => decode(bytes)).toThrow(DamagedDay);
      }),
    );
  });

  it('are rejected if the end is missing, or for arbitrary bytes', () => {
    fc.assert(
      fc.property(observationsOfDay, fc.nat(), (values, length) => {
        const bytes = encode(values);
        expect(() => decode(bytes.subarray(0, length % bytes.length))).toThrow(DamagedDay);
      }),
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => expect(() => decode(bytes)).toThrow(DamagedDay)),
    );
  });

  it('can be decoded from the middle of other bytes', () => {
    fc.assert(
      fc.property(
        observationsOfDay,
        fc.uint8Array({ maxLength: 9 }),
        fc.uint8Array({ maxLength: 9 }),
        (values, before, after) => {
          const own = encode(values);
          const day = new PollDay();
          day.read(
            { bytes: Buffer.concat([before, own, after]), start: before.length, end: before.length + own.length },
            DAY,
          );
          expect(day.observations.slice(0, day.count)).toEqual(values);
        },
      ),
    );
  });

  it('use the checksum of gzip', () => {
    const bytes = new TextEncoder().encode('123456789');
    expect(crc32(bytes, 0, bytes.length) >>> 0).toBe(0xcbf43926); // the check value of CRC-32/ISO-HDLC
  });
});

describe('a merge of polls', () => {
  /** The status at each instant: inactive wins. */
  const union = (...lists: Float64Array[]): Map<number, boolean> => {
    const known = new Map<number, boolean>();
    for (const value of lists.flatMap((list) => [...list])) {
      const ms = instantOf(value);
      known.set(ms, (known.get(ms) ?? true) && isActive(value));
    }
    return known;
  };
  const near = fc
    .uniqueArray(fc.record({ ms: fc.nat({ max: 60 }), active: fc.boolean() }), {
      selector: ({ ms }) => ms,
      maxLength: 40,
    })
    .map((polls) => Float64Array.from(polls.map(({ ms, active }) => observation(DAY + ms, active))).sort());

  it('is their union in chronological order, whichever comes first', () => {
    fc.assert(
      fc.property(near, near, (a, b) => {
        const { observations: merged } = mergePolls(a, b);
        expect(merged).toEqual(mergePolls(b, a).observations);
        expect(new Map([...merged].map((value) => [instantOf(value), isActive(value)]))).toEqual(union(a, b));
        expect([...merged]).toEqual([...merged].sort((x, y) => x - y));
      }),
    );
  });

  it('counts changes: new instants, and active polls that became inactive', () => {
    fc.assert(
      fc.property(near, near, (known, added) => {
        const { changed, changes } = mergePolls(known, added);
        const before = union(known);
        const expected = [...added].map((value) => {
          const was = before.get(instantOf(value));
          return was === undefined || (was && !isActive(value)) ? 1 : 0;
        });
        expect([...changed]).toEqual(expected);
        expect(changes).toBe(expected.filter((one) => one === 1).length);
      }),
    );
  });
});
