import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { hourShares } from './hour-shares.js';

const HOUR_MS = 3_600_000;

describe('shares of an hour', () => {
  it.each([
    [0, 0, 0, null],
    [HOUR_MS, HOUR_MS, 0, { up: 100, down: 0 }],
    [HOUR_MS, 0, 0, { up: 0, down: 0 }],
    [1, 0, 1, { up: 0, down: 100 }],
    // 0 and 100 only if exact
    [HOUR_MS, HOUR_MS - 1, 1, { up: 99, down: 1 }],
    [HOUR_MS, HOUR_MS - 1, 0, { up: 99, down: 0 }],
    // half up, each on its own: 50.5 and 49.5 sum to 101
    [HOUR_MS, HOUR_MS / 2 + 18_000, HOUR_MS / 2 - 18_000, { up: 51, down: 50 }],
    [HOUR_MS, HOUR_MS / 2 + 17_999, HOUR_MS / 2 - 17_999, { up: 50, down: 50 }],
    // the greater share is not 100 minus the other
    [1_000, 985, 1, { up: 99, down: 1 }],
    [1_000, 664, 335, { up: 66, down: 34 }],
  ])('open %d, up %d, down %d: %j', (openMs, upMs, downMs, expected) => {
    expect(hourShares(openMs, upMs, downMs)).toEqual(expected);
  });

  it('are the nearest whole percent, half up, except that 0 and 100 must be exact', () => {
    const hours = fc
      .tuple(fc.integer({ min: 1, max: HOUR_MS }), fc.nat(), fc.nat())
      .map(([open, a, b]) => ({ open, up: a % (open + 1), down: b % (open + 1 - (a % (open + 1))) }));
    fc.assert(
      fc.property(hours, ({ open, up, down }) => {
        const shares = hourShares(open, up, down)!;
        for (const [share, ms] of [
          [shares.up, up],
          [shares.down, down],
        ]) {
          expect(share === 0).toBe(ms === 0);
          expect(share === 100).toBe(ms === open);
          // in integers: share - 1/2 <= percent < share + 1/2
          if (share > 1) expect((2 * share - 1) * open).toBeLessThanOrEqual(200 * ms);
          if (share < 99) expect(200 * ms).toBeLessThan((2 * share + 1) * open);
        }
      }),
    );
  });
});
