import { describe, expect, it } from '@jest/globals';
import { counted, listed } from './listed.js';

describe('a list in a sentence', () => {
  it.each([
    [['a'], undefined, 'a'],
    [['a', 'b', 'c', 'd', 'e'], undefined, 'a, b, c, d, e'],
    [['a', 'b', 'c', 'd', 'e', 'f', 'g'], undefined, 'a, b, c, d, e and 2 more'],
    [['a', 'b'], 40, 'a, b and 38 more'],
  ])('%j of %s: %s', (items, total, text) => {
    expect(listed(items, total)).toBe(text);
  });

  it('combines a number and a noun', () => {
    expect([0, 1, 2].map((count) => counted(count, 'row'))).toEqual(['0 rows', '1 row', '2 rows']);
  });
});
