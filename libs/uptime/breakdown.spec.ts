import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { HOUR_MS, MINUTE_MS } from '../instant/instant.js';
import {
  type UptimeBreakdown,
  addParts,
  downtimeMs,
  formatHundredths,
  noParts,
  sumInto,
  uptimeMs,
} from './breakdown.js';
import { Evidence } from './segments.js';

const anyMs = fc.nat(168 * HOUR_MS);
const anyParts: fc.Arbitrary<UptimeBreakdown> = fc
  .tuple(anyMs, anyMs, anyMs, anyMs, anyMs)
  .map(([upMs, downMs, carriedUpMs, carriedDownMs, unknownMs]) => {
    const openMs = upMs + downMs + carriedUpMs + carriedDownMs + unknownMs;
    return { openMs, upMs, downMs, carriedUpMs, carriedDownMs, unknownMs };
  });

const sumOfParts = (p: UptimeBreakdown): number => p.upMs + p.downMs + p.carriedUpMs + p.carriedDownMs + p.unknownMs;

/** A different figure in each of the five parts, so that none can be mistaken for another. */
const FIVE: UptimeBreakdown = { openMs: 31, upMs: 1, downMs: 2, carriedUpMs: 4, carriedDownMs: 8, unknownMs: 16 };

describe('uptime and downtime', () => {
  it('include carried time, and unknown time as downtime, on the basis all', () => {
    expect(uptimeMs(FIVE, 'all')).toBe(1 + 4);
    expect(downtimeMs(FIVE, 'all')).toBe(2 + 8 + 16);
  });

  it('include only observed time on the basis observed; the rest is in neither', () => {
    expect(uptimeMs(FIVE, 'observed')).toBe(1);
    expect(downtimeMs(FIVE, 'observed')).toBe(2);
  });

  it('match the example in the documentation', () => {
    // Open 180 minutes = carried down 74 + up 61 + down 45.
    const parts = {
      ...noParts(),
      openMs: 180 * MINUTE_MS,
      carriedDownMs: 74 * MINUTE_MS,
      upMs: 61 * MINUTE_MS,
      downMs: 45 * MINUTE_MS,
    };
    expect(uptimeMs(parts, 'all')).toBe(61 * MINUTE_MS);
    expect(downtimeMs(parts, 'all')).toBe(119 * MINUTE_MS);
    expect(uptimeMs(parts, 'observed')).toBe(61 * MINUTE_MS);
    expect(downtimeMs(parts, 'observed')).toBe(45 * MINUTE_MS);
  });

  it('sum to open time on the basis all, and never exceed it on the basis observed', () => {
    fc.assert(
      fc.property(anyParts, (parts) => {
        expect(uptimeMs(parts, 'all') + downtimeMs(parts, 'all')).toBe(parts.openMs);
        expect(uptimeMs(parts, 'observed') + downtimeMs(parts, 'observed')).toBeLessThanOrEqual(parts.openMs);
      }),
    );
  });
});

describe('adding parts', () => {
  it('adds each part to its own, in place', () => {
    const parts = noParts();
    expect(addParts(parts, FIVE)).toBe(parts);
    addParts(parts, FIVE);
    expect(parts).toEqual({ openMs: 62, upMs: 2, downMs: 4, carriedUpMs: 8, carriedDownMs: 16, unknownMs: 32 });
  });

  it('subtracts with the factor -1', () => {
    expect(addParts({ ...FIVE }, FIVE, -1)).toEqual(noParts());
  });

  it('starts from a new zero each time', () => {
    addParts(noParts(), FIVE);
    expect(noParts()).toEqual({ openMs: 0, upMs: 0, downMs: 0, carriedUpMs: 0, carriedDownMs: 0, unknownMs: 0 });
  });

  it('keeps open time equal to the sum of the five parts in any sum of rows', () => {
    fc.assert(
      fc.property(fc.array(anyParts, { maxLength: 20 }), (rows) => {
        const total = noParts();
        for (const row of rows) addParts(total, row);
        expect(sumOfParts(total)).toBe(total.openMs);
        for (const row of rows) addParts(total, row, -1);
        expect(total).toEqual(noParts());
      }),
    );
  });
});

describe('summing segments', () => {
  it('adds each segment to its part and to open time', () => {
    const parts = noParts();
    const sink = sumInto(parts, 0);
    sink(Evidence.up, 0, 1, 0);
    sink(Evidence.down, 1, 3, 0);
    sink(Evidence.carriedUp, 3, 7, 0);
    sink(Evidence.carriedDown, 7, 15, 0);
    sink(Evidence.unknown, 15, 31, -1);
    expect(parts).toEqual(FIVE);
  });

  it('counts only the part of a segment at or after the start', () => {
    const parts = noParts();
    const sink = sumInto(parts, 10);
    sink(Evidence.up, 0, 10, 0); // before it
    sink(Evidence.up, 8, 13, 0); // across it: 3
    sink(Evidence.down, 13, 15, 0); // after it: 2
    expect(parts).toEqual({ ...noParts(), openMs: 5, upMs: 3, downMs: 2 });
  });
});

describe('a printed figure has two decimals, rounded half up', () => {
  it.each([
    [0, '0.00'],
    [299, '0.00'],
    [300, '0.01'], // 0.005 minutes
    [899, '0.01'],
    [900, '0.02'], // 0.015
    [90_300, '1.51'], // 1.505
    [59 * MINUTE_MS + 59_699, '59.99'],
    [59 * MINUTE_MS + 59_700, '60.00'], // 59.995
    [HOUR_MS, '60.00'],
  ])('%i ms are %s minutes', (ms, minutes) => {
    expect(formatHundredths(ms, MINUTE_MS)).toBe(minutes);
  });

  it.each([
    [17_999, '0.00'],
    [18_000, '0.01'], // 0.005 hours
    [3_617_999, '1.00'],
    [3_618_000, '1.01'], // 1.005, which (1.005).toFixed(2) calls 1.00
    [61 * MINUTE_MS, '1.02'], // 1.01666…
    [119 * MINUTE_MS, '1.98'], // 1.98333…
    [24 * HOUR_MS, '24.00'],
    [168 * HOUR_MS - 18_001, '167.99'],
    [168 * HOUR_MS - 18_000, '168.00'], // 167.995
    [168 * HOUR_MS, '168.00'],
  ])('%i ms are %s hours', (ms, hours) => {
    expect(formatHundredths(ms, HOUR_MS)).toBe(hours);
  });

  it('is the nearest hundredth, rounded up if two are equally near', () => {
    fc.assert(
      fc.property(anyMs, fc.constantFrom(MINUTE_MS, HOUR_MS), (ms, unitMs) => {
        const text = formatHundredths(ms, unitMs);
        expect(text).toMatch(/^(0|[1-9]\d*)\.\d\d$/);
        const aboveMs = Number(text.replace('.', '')) * unitMs - ms * 100; // in hundredths of a millisecond
        expect(aboveMs).toBeGreaterThan(-unitMs / 2);
        expect(aboveMs).toBeLessThanOrEqual(unitMs / 2);
      }),
    );
  });
});
