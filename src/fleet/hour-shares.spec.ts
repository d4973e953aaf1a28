import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { hourShares } from './hour-shares.js';

const HOUR_MS = 3_600_000;

describe('shares of an hour', () => {
  it.each([
    [0, 0, 0, null],
    [HOUR_MS, HOUR_MS, 0, { up: 100, down: 0 }],
    [HOUR_MS, 0, 0, { up: 0, down: 0 }],
    [HOUR_MS, HOUR_MS - 1, 1, { up: 99, down: 1 }],
    [HOUR_MS, HOUR_MS - 1, 0, { up: 99, down: 0 }],
    [HOUR_MS, HOUR_MS / 2 + 18_000, HOUR_MS / 2 - 18_000, { up: 50, down: 50 }],
    [1, 0, 1, { up: 0, down: 100 }],
  ])('open %d, up %d, down %d: %j', (openMs, upMs, downMs, expected) => {
    expect(hourShares(openMs, upMs, downMs)).toEqual(expected);
  });

  it('are within one or two of the truth, add up, and hide nothing', () => {
    const hours = fc
      .tuple(fc.integer({ min: 1, max: HOUR_MS }), fc.nat(), fc.nat())
      .map(([open, a, b]) => ({ open, up: a % (open + 1), down: b % (open + 1 - (a % (open + 1))) }));
    fc.assert(
      fc.property(hours, ({ open, up, down }) => {
        const shares = hourShares(open, up, down)!;
        const silent = open - up - down;
        expect(shares.up + shares.down).toBeLessThanOrEqual(silent > 0 ? 99 : 100);
        expect(shares.up > 0).toBe(up > 0);
        expect(shares.down > 0).toBe(down > 0);
        expect(Math.abs(shares.up - (up * 100) / open)).toBeLessThanOrEqual(2);
        expect(Math.abs(shares.down - (down * 100) / open)).toBeLessThanOrEqual(2);
      }),
    );
  });
});
