import { describe, expect, it } from '@jest/globals';
import { turnsDuring } from '../../../test/setup/turns.js';
import { inTurns } from './in-turns.js';

describe('work in turns', () => {
  it('is done in order, and yields every 2,000 items', async () => {
    const items = Array.from({ length: 20_000 }, (_, i) => i);

    const { result, turns } = await turnsDuring(() => inTurns(items, (item) => item * 2));

    expect(result).toEqual(items.map((item) => item * 2));
    expect(turns).toBeGreaterThanOrEqual(9);
  });

  it('does not yield for a short list', async () => {
    const { result, turns } = await turnsDuring(() => inTurns([1, 2, 3], String));

    expect(result).toEqual(['1', '2', '3']);
    expect(turns).toBe(0);
  });
});
