import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { RolledSums, segmentsOf } from './rolled-sums.js';

describe('segments', () => {
  it('of the last hour, day and week are read once each', () => {
    const week = { window: 2, startMs: 0, endMs: 168 };
    const day = { window: 1, startMs: 144, endMs: 168 };
    const hour = { window: 0, startMs: 167, endMs: 168 };
    expect(segmentsOf([hour, day, week])).toEqual([
      { startMs: 0, endMs: 144, windows: [2] },
      { startMs: 144, endMs: 167, windows: [1, 2] },
      { startMs: 167, endMs: 168, windows: [0, 1, 2] },
    ]);
  });

  it('omit time outside all windows, and empty windows', () => {
    const windows = [
      { window: 0, startMs: 0, endMs: 1 },
      { window: 1, startMs: 2, endMs: 3 },
      { window: 2, startMs: 5, endMs: 5 },
    ];
    expect(segmentsOf(windows).map(({ windows: inside }) => inside)).toEqual([[0], [1]]);
  });

  it('are in order and cover every moment of every window exactly once', () => {
    const range = fc.tuple(fc.nat(12), fc.nat(12)).map(([startMs, endMs]) => ({ startMs, endMs }));
    fc.assert(
      fc.property(fc.array(range, { maxLength: 6 }), (ranges) => {
        const segments = segmentsOf(ranges.map((s, window) => ({ ...s, window })));
        for (const [i, segment] of segments.entries()) {
          expect(segment.startMs).toBeLessThan(segment.endMs);
          if (i > 0) expect(segment.startMs).toBeGreaterThanOrEqual(segments[i - 1].endMs);
        }
        for (const [window, { startMs, endMs }] of ranges.entries()) {
          for (let ms = -1; ms < 13; ms++) {
            const times = segments.filter((s) => s.windows.includes(window) && s.startMs <= ms && ms < s.endMs).length;
            expect(times).toBe(startMs <= ms && ms < endMs ? 1 : 0);
          }
        }
      }),
    );
  });
});

describe('the sums of a window', () => {
  it('add up for each store, and are zero for one without rows', () => {
    const sums = new RolledSums(
      new Map([
        [7, 0],
        [3, 1],
      ]),
      { startMs: 0, endMs: 2 },
    );
    sums.add(3, Float64Array.of(31, 1, 2, 4, 8, 5, 24));
    sums.add(3, Float64Array.of(2, 1, 0, 0, 0, 1, 1));
    sums.add(99, Float64Array.of(1, 1, 1, 1, 1, 1, 1)); // not a requested store
    expect(sums.at(1)).toEqual({
      parts: { openMs: 33, upMs: 2, downMs: 2, carriedUpMs: 4, carriedDownMs: 8, unknownMs: 17 },
      polls: 6,
      rows: 25,
    });
    expect(sums.at(0)).toMatchObject({ polls: 0, rows: 0, parts: { openMs: 0, unknownMs: 0 } });
  });
});
