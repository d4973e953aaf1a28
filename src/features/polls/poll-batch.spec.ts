import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { PollBatch } from './poll-batch.js';

interface Row {
  store: number;
  ms: number;
  active: boolean;
}

async function sorted(rows: readonly Row[], storeIds: readonly number[]): Promise<[number, number, boolean][]> {
  const batch = new PollBatch();
  for (const { store, ms, active } of rows) batch.add(store, ms, active);
  const { storeIds: ids, polledAtMs, active, count } = await batch.sort(storeIds);
  return Array.from({ length: count }, (_, i) => [ids[i], polledAtMs[i], active[i] === 1]);
}

/** The reference implementation. */
function slowly(rows: readonly Row[], storeIds: readonly number[]): [number, number, boolean][] {
  const byKey = new Map<string, [number, number, boolean]>();
  for (const { store, ms, active } of rows) {
    const key = `${store} ${ms}`;
    byKey.set(key, [storeIds[store], ms, (byKey.get(key)?.[2] ?? true) && active]);
  }
  return [...byKey.values()].sort((a, b) => a[0] - b[0] || a[1] - b[1]);
}

describe('a batch of polls', () => {
  it('is sorted by store and time; of two statuses at one instant inactive wins, in any order', async () => {
    const rows = [
      { store: 0, ms: 20, active: true },
      { store: 1, ms: 10, active: true },
      { store: 0, ms: 10, active: false },
      { store: 0, ms: 20, active: false },
      { store: 0, ms: 10, active: true },
    ];
    expect(await sorted(rows, [7, 3])).toEqual([
      [3, 10, true],
      [7, 10, false],
      [7, 20, false],
    ]);
  });

  it('equals the reference implementation for any polls in any order', async () => {
    const row = fc.record({
      store: fc.nat(3),
      ms: fc.integer({ min: 946_684_800_000, max: 946_684_800_020 }),
      active: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(row, { maxLength: 60 }),
        fc.shuffledSubarray([5, 1, 9, 2], { minLength: 4 }),
        async (rows, ids) => {
          expect(await sorted(rows, ids)).toEqual(slowly(rows, ids));
        },
      ),
    );
  });

  it('grows beyond its initial capacity', async () => {
    const rows = Array.from({ length: 10_000 }, (_, i) => ({ store: i % 7, ms: 10_000 - i, active: i % 2 === 0 }));
    expect(await sorted(rows, [1, 2, 3, 4, 5, 6, 7])).toEqual(slowly(rows, [1, 2, 3, 4, 5, 6, 7]));
  });
});
