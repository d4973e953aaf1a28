import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { weekOf, weekStartMs } from '../../platform/database/partitions.js';
import { PollsByWeek } from './polls-by-week.js';

interface Row {
  store: number;
  ms: number;
  active: boolean;
}

/** Far apart, so that a spool keeps them in separate parts, and not in the order of their names. */
const DATABASE_IDS = [9_000, 4_095, 4_096, 12_288, 1];
const MONDAY = Date.parse('2026-11-02T00:00:00Z');

describe('the polls of a file, week by week', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'storewatch-spool-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  /** Every poll as `week id time status`, in the order returned. */
  async function gathered(rows: readonly Row[], maxHeld: number): Promise<string[]> {
    const resolve = (keys: readonly number[]): Promise<Int32Array> =>
      Promise.resolve(Int32Array.from(keys, (key) => DATABASE_IDS[key]));
    const polls = new PollsByWeek(resolve, folder, undefined, maxHeld);
    const numbers = new Map<number, number>();
    const lines: string[] = [];
    try {
      for (const { store, ms, active } of rows) {
        if (!numbers.has(store)) numbers.set(store, polls.addStore(store));
        polls.add(numbers.get(store)!, ms, active);
        await polls.relieve();
      }
      for await (const { startMs, parts } of polls.weeks()) {
        for await (const { storeIds, polledAtMs, active, count } of parts) {
          for (let i = 0; i < count; i++) lines.push(`${startMs} ${storeIds[i]} ${polledAtMs[i]} ${active[i]}`);
        }
      }
    } finally {
      await polls.close();
    }
    return lines;
  }

  /** The reference implementation. */
  function slowly(rows: readonly Row[]): string[] {
    const byKey = new Map<string, { id: number; ms: number; active: boolean }>();
    for (const { store, ms, active } of rows) {
      const known = byKey.get(`${store} ${ms}`);
      byKey.set(`${store} ${ms}`, { id: DATABASE_IDS[store], ms, active: active && (known?.active ?? true) });
    }
    return [...byKey.values()]
      .sort((a, b) => weekOf(a.ms) - weekOf(b.ms) || a.id - b.id || a.ms - b.ms)
      .map(({ id, ms, active }) => `${weekStartMs(weekOf(ms))} ${id} ${ms} ${active ? 1 : 0}`);
  }

  const row = fc.record({
    store: fc.nat(DATABASE_IDS.length - 1),
    // around the ends of three weeks
    ms: fc.tuple(fc.nat(2), fc.integer({ min: -3, max: 3 })).map(([week, ms]) => MONDAY + week * 604_800_000 + ms),
    active: fc.boolean(),
  });

  it.each([
    ['held in memory', 1_000],
    ['spilled several times', 7],
    ['spilled one by one', 1],
  ])('equal the reference implementation, %s', async (_, maxHeld) => {
    await fc.assert(
      fc.asyncProperty(fc.array(row, { maxLength: 60 }), async (rows) => {
        expect(await gathered(rows, maxHeld)).toEqual(slowly(rows));
      }),
    );
  });

  it('leave no file behind', async () => {
    expect(await readdir(folder)).toEqual([]);
  });
});
