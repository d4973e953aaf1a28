import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { RowsByStore } from './rows-by-store.js';

describe('the rows of a file by store', () => {
  it('are those added and not removed, in the order of lines, whatever lines were skipped', () => {
    const row = fc.record({
      store: fc.integer({ min: 0, max: 5 }),
      value: fc.integer({ min: 0, max: 3 }),
      skipped: fc.constantFrom(0, 0, 0, 1, 7),
      isRemoved: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(row, { maxLength: 60 }), (given) => {
        const rows = new RowsByStore();
        const lines: number[] = [];
        for (const { store, value, skipped } of given) {
          lines.push((lines.at(-1) ?? 1) + 1 + skipped);
          rows.add(store, value, lines.at(-1)!);
        }
        given.forEach(({ isRemoved }, index) => isRemoved && rows.remove(index));
        const kept = given.map((added, index) => ({ ...added, row: index, line: lines[index] }));
        const expected = kept.filter(({ isRemoved }) => !isRemoved);
        expect([...rows.stores()]).toEqual([...new Set(expected.map(({ store }) => store))].toSorted((a, b) => a - b));
        for (let store = 0; store <= 6; store++) {
          const own = expected.filter((added) => added.store === store);
          expect(rows.of(store)).toEqual(own.map(({ row: number, value, line }) => ({ row: number, value, line })));
        }
      }),
    );
  });

  it('can be more than fit into one chunk', () => {
    const rows = new RowsByStore();
    for (let i = 0; i < 100_000; i++) rows.add(i % 50_000, i, i + 2);
    expect(rows.of(49_999).map(({ value, line }) => [value, line])).toEqual([
      [49_999, 50_001],
      [99_999, 100_001],
    ]);
  });
});
