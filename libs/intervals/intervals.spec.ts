import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { type Interval, clip, daysOf, symmetricDifference, totalMs, unite } from './intervals.js';

const intervals = (...pairs: [startMs: number, endMs: number][]): Interval[] =>
  pairs.map(([startMs, endMs]) => ({ startMs, endMs }));

/** Any intervals between 0 and 40 ms, including empty and reversed ones. Small enough to check every millisecond. */
const anyIntervals = fc.array(fc.record({ startMs: fc.nat(40), endMs: fc.nat(40) }), { maxLength: 12 });

/** The milliseconds of `[0, 40)` inside any of the intervals. */
const covered = (list: readonly Interval[]): number[] =>
  Array.from({ length: 40 }, (_, ms) => ms).filter((ms) => list.some((i) => i.startMs <= ms && ms < i.endMs));

describe('intervals are half-open', () => {
  it('includes the start and excludes the end', () => {
    expect(covered(intervals([3, 6]))).toEqual([3, 4, 5]);
    expect(totalMs(intervals([3, 6]))).toBe(3);
  });

  it('is empty if it ends at or before its start', () => {
    expect(unite(intervals([5, 5], [9, 4]))).toEqual([]);
    expect(clip(intervals([5, 5]), 0, 10)).toEqual([]);
  });
});

describe('unite', () => {
  it('counts overlapping time once', () => {
    expect(unite(intervals([0, 10], [5, 15]))).toEqual(intervals([0, 15]));
  });

  it('joins intervals that touch', () => {
    expect(unite(intervals([0, 10], [10, 20]))).toEqual(intervals([0, 20]));
  });

  it('keeps a gap of one millisecond', () => {
    expect(unite(intervals([0, 10], [11, 20]))).toEqual(intervals([0, 10], [11, 20]));
  });

  it('absorbs a contained interval, and later intervals still join the longer one', () => {
    expect(unite(intervals([0, 20], [5, 8], [15, 30]))).toEqual(intervals([0, 30]));
  });

  it('sorts', () => {
    expect(unite(intervals([20, 30], [0, 10]))).toEqual(intervals([0, 10], [20, 30]));
  });

  it('does not modify its input', () => {
    const given = intervals([5, 15], [0, 10]);
    unite(given);
    expect(given).toEqual(intervals([5, 15], [0, 10]));
  });

  it('covers exactly the milliseconds that its input covers', () => {
    fc.assert(fc.property(anyIntervals, (list) => expect(covered(unite(list))).toEqual(covered(list))));
  });

  it('returns sorted intervals with a gap between any two', () => {
    fc.assert(
      fc.property(anyIntervals, (list) => {
        const edges = unite(list).flatMap((i) => [i.startMs, i.endMs]);
        expect(edges).toEqual([...new Set(edges)].sort((a, b) => a - b));
      }),
    );
  });

  it('is idempotent', () => {
    fc.assert(fc.property(anyIntervals, (list) => expect(unite(unite(list))).toEqual(unite(list))));
  });

  it('does not depend on the order of its input', () => {
    const shuffled = anyIntervals.chain((list) =>
      fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length })),
    );
    fc.assert(fc.property(shuffled, ([list, other]) => expect(unite(other)).toEqual(unite(list))));
  });
});

describe('clip', () => {
  it('cuts at both edges of the window', () => {
    expect(clip(intervals([0, 10], [20, 30], [40, 50]), 5, 45)).toEqual(intervals([5, 10], [20, 30], [40, 45]));
  });

  it('drops intervals outside the window or only touching it', () => {
    expect(clip(intervals([0, 5], [5, 10], [10, 15]), 5, 10)).toEqual(intervals([5, 10]));
  });

  it('returns nothing for an empty window', () => {
    expect(clip(intervals([0, 10]), 5, 5)).toEqual([]);
    expect(clip(intervals([0, 10]), 7, 3)).toEqual([]);
  });

  it('splits without loss: the parts on both sides of any cut add up to the whole', () => {
    fc.assert(
      fc.property(anyIntervals, fc.nat(40), (list, cut) => {
        const whole = unite(list);
        const pieces = [...clip(whole, 0, cut), ...clip(whole, cut, 40)];
        expect(unite(pieces)).toEqual(whole);
        expect(totalMs(pieces)).toBe(totalMs(whole));
      }),
    );
  });
});

describe('totalMs', () => {
  it('sums the lengths', () => {
    expect(totalMs(intervals([0, 10], [20, 25]))).toBe(15);
    expect(totalMs([])).toBe(0);
  });

  it('is the number of milliseconds covered', () => {
    fc.assert(fc.property(anyIntervals, (list) => expect(totalMs(unite(list))).toBe(covered(list).length)));
  });
});

describe('symmetricDifference', () => {
  it.each<[string, Interval[], Interval[], Interval[]]>([
    ['what only one of them has', intervals([0, 10]), [], intervals([0, 10])],
    ['nothing of two that are equal', intervals([0, 10], [20, 30]), intervals([0, 10], [20, 30]), []],
    ['both ends of two that overlap', intervals([0, 10]), intervals([5, 15]), intervals([0, 5], [10, 15])],
    ['what is left around one inside another', intervals([0, 20]), intervals([5, 10]), intervals([0, 5], [10, 20])],
    ['what is left when they begin together', intervals([0, 10]), intervals([0, 15]), intervals([10, 15])],
    ['what is left when they end together', intervals([5, 15]), intervals([0, 15]), intervals([0, 5])],
    ['one of two that touch', intervals([0, 10]), intervals([10, 20]), intervals([0, 20])],
    ['the hole that only one of them has', intervals([0, 20]), intervals([0, 9], [10, 20]), intervals([9, 10])],
    ['nothing of nothing', [], [], []],
  ])('is %s', (_, a, b, difference) => {
    expect(symmetricDifference(a, b)).toEqual(difference);
    expect(symmetricDifference(b, a)).toEqual(difference);
  });

  it('covers exactly the milliseconds that one list covers and the other does not', () => {
    fc.assert(
      fc.property(anyIntervals.map(unite), anyIntervals.map(unite), (a, b) => {
        const [inA, inB] = [new Set(covered(a)), new Set(covered(b))];
        const inOne = covered(intervals([0, 40])).filter((ms) => inA.has(ms) !== inB.has(ms));
        expect(covered(symmetricDifference(a, b))).toEqual(inOne);
      }),
      { numRuns: 500 },
    );
  });

  it('is merged, and is its own inverse: the difference of the difference is the other list', () => {
    fc.assert(
      fc.property(anyIntervals.map(unite), anyIntervals.map(unite), (a, b) => {
        const difference = symmetricDifference(a, b);
        expect(unite(difference)).toEqual(difference);
        expect(symmetricDifference(difference, a)).toEqual(b);
      }),
    );
  });
});

describe('daysOf', () => {
  const day = (date: string): number => Date.parse(`${date}T00:00:00Z`);

  it.each([
    ['those of a part of a day', '2026-11-29T10:00:00Z', '2026-11-29T11:00:00Z', ['2026-11-29']],
    ['not that at whose start it ends', '2026-11-29T23:59:59.999Z', '2026-11-30T00:00:00Z', ['2026-11-29']],
    ['that of its last millisecond', '2026-11-29T23:00:00Z', '2026-11-30T00:00:00.001Z', ['2026-11-29', '2026-11-30']],
    ['those before 1970', '1969-12-31T01:00:00Z', '1970-01-01T01:00:00Z', ['1969-12-31', '1970-01-01']],
    ['none of an empty one', '2026-11-30T00:00:00Z', '2026-11-30T00:00:00Z', []],
  ])('are %s', (_, from, to, dates) => {
    expect(daysOf({ startMs: Date.parse(from), endMs: Date.parse(to) })).toEqual(dates.map(day));
  });
});
