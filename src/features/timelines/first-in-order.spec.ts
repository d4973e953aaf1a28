import { describe, expect, it } from '@jest/globals';
import { FirstInOrder } from './first-in-order.js';

const first = (
  limit: number,
  values: readonly number[],
  after?: number,
): { items: readonly number[]; isCut: boolean } => {
  const kept = new FirstInOrder<number>(limit, (a, b) => a - b, after);
  for (const value of values) kept.add(value);
  return { items: kept.inOrder(), isCut: kept.isCut };
};
const MIXED = [7, 3, 9, 1, 8, 2, 6, 5, 4];

describe('the first items of an order', () => {
  it('are kept, however many are added', () => {
    expect(first(3, MIXED)).toEqual({ items: [1, 2, 3], isCut: true });
    expect(first(3, MIXED.toReversed())).toEqual({ items: [1, 2, 3], isCut: true });
  });

  it('are all items, if they are few', () => {
    expect(first(9, MIXED)).toEqual({ items: [1, 2, 3, 4, 5, 6, 7, 8, 9], isCut: false });
    expect(first(3, [])).toEqual({ items: [], isCut: false });
  });

  it('begin after a key', () => {
    expect(first(3, MIXED, 3)).toEqual({ items: [4, 5, 6], isCut: true });
    expect(first(3, MIXED, 6)).toEqual({ items: [7, 8, 9], isCut: false });
  });
});
