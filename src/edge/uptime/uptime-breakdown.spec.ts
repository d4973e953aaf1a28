import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { DAY_MS } from '#libs/instant/instant.js';
import { type UptimeBreakdown, noParts } from '#libs/uptime/breakdown.js';
import { toPartsDto, uptimePercent } from './uptime-breakdown.js';

/** All five parts differ, so that a mix-up changes the result. */
const FIVE: UptimeBreakdown = { openMs: 31, upMs: 1, downMs: 2, carriedUpMs: 4, carriedDownMs: 8, unknownMs: 16 };

describe('an uptime breakdown in JSON', () => {
  it('has a name for each part', () => {
    expect(toPartsDto(FIVE)).toEqual({
      open_ms: 31,
      up_ms: 1,
      down_ms: 2,
      carried_up_ms: 4,
      carried_down_ms: 8,
      unknown_ms: 16,
    });
  });
});

describe('uptime in percent', () => {
  it('is a share of all open time on the basis all, and of observed time on the basis observed', () => {
    expect(uptimePercent(FIVE, 'all')).toBe(16.13); // 5 of 31
    expect(uptimePercent(FIVE, 'observed')).toBe(33.33); // 1 of 3
  });

  it('is null if there is no time to divide by', () => {
    expect(uptimePercent(noParts(), 'all')).toBeNull();
    expect(uptimePercent(noParts(), 'observed')).toBeNull();
    const unseen = { ...noParts(), openMs: 9, carriedUpMs: 4, unknownMs: 5 };
    expect(uptimePercent(unseen, 'observed')).toBeNull();
    expect(uptimePercent(unseen, 'all')).toBe(44.44);
  });

  it.each([
    [0, 7, 0],
    [7, 7, 100],
    [1, 3, 33.33],
    [2, 3, 66.67],
    [1, 20_000, 0.01], // 0.005, half up
    [1, 20_001, 0],
    [6_777, 20_000, 33.89], // 33.885
    [6_776_999, 20_000_000, 33.88],
    [19_999, 20_000, 100], // 99.995
    [400 * DAY_MS - 1, 400 * DAY_MS, 100],
  ])('of %i ms up of %i is %d, half up', (upMs, openMs, percent) => {
    expect(uptimePercent({ ...noParts(), openMs, upMs, downMs: openMs - upMs }, 'all')).toBe(percent);
    expect(uptimePercent({ ...noParts(), openMs, upMs, downMs: openMs - upMs }, 'observed')).toBe(percent);
  });

  it('is rounded exactly, up to the longest window', () => {
    const anyMs = fc.oneof(fc.nat(400 * DAY_MS), fc.nat(40_000));
    fc.assert(
      fc.property(anyMs, anyMs, (upMs, downMs) => {
        fc.pre(upMs + downMs > 0);
        // half up: floor(x + 1/2) of x = 10 000 up / all
        const hundredths = (20_000n * BigInt(upMs) + BigInt(upMs + downMs)) / (2n * BigInt(upMs + downMs));
        const parts = { ...noParts(), openMs: upMs + downMs, upMs, downMs };
        expect(uptimePercent(parts, 'all')).toBe(Number(hundredths) / 100);
      }),
      { numRuns: 1000 },
    );
  });
});
