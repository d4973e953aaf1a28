import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { descending } from './descending.js';

describe('descending order', () => {
  it('is that of a stable sort', () => {
    const value = fc.oneof(fc.nat(3), fc.integer({ min: 0, max: 2 ** 32 - 1 }));
    fc.assert(
      fc.property(fc.array(value, { maxLength: 200 }), (values) => {
        const expected = [...values.keys()].sort((a, b) => values[b] - values[a] || a - b);
        expect([...descending(Uint32Array.from(values))]).toEqual(expected);
      }),
    );
  });
});
