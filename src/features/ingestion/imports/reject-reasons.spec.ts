import { describe, expect, it } from '@jest/globals';
import { quoteValue } from '#libs/errors.js';
import { RejectReasons } from './reject-reasons.js';

describe('reject reasons', () => {
  it('are counted by kind, ignoring values, and keep the first reason with its line', () => {
    const reasons = new RejectReasons();
    for (const [line, value] of [
      [2, 'maybe'],
      [3, 'open "now"'],
      [5, 'x'.repeat(200)],
    ] as const) {
      reasons.add(line, `status: ${quoteValue(value)} is neither active nor inactive`);
    }
    reasons.add(4, 'the row has 2 fields, the header 3');
    reasons.add(6, 'the row has 4 fields, the header 3');
    reasons.add(7, 'timestamp_utc: 2030-01-01T00:00:00.000Z lies in the future: it is 2026-01-01T00:00:00.000Z here');

    expect(reasons.mostFrequent(2)).toEqual([
      { reason: 'status: "maybe" is neither active nor inactive', rows: 3, firstLine: 2 },
      { reason: 'the row has 2 fields, the header 3', rows: 2, firstLine: 4 },
    ]);
  });

  it('are bounded: further kinds after the first 100 count as one', () => {
    const reasons = new RejectReasons();
    for (let i = 0; i < 1_000; i++) reasons.add(i + 2, `reason ${'x'.repeat(i + 1)}`);

    expect(reasons.mostFrequent(1_000)).toHaveLength(101);
    expect(reasons.mostFrequent(1)).toEqual([{ reason: 'another reason', rows: 900, firstLine: 102 }]);
  });
});
