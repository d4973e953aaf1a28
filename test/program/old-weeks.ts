import { expect } from '@jest/globals';
import { referenceCsv } from '../reference/reference-csv.js';
import { indexStores, referenceReport, storeParts } from '../reference/reference.js';
import { World, statusCsv } from '../sequences/world.js';
import { type Program, openProgram } from './program.js';

export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;
export const WEEK_MS = 7 * DAY_MS;
/** A Monday. The polls are of the six weeks from then on. */
export const BASE = Date.parse('2026-09-28T00:00Z');
export const monday = (week: number): number => BASE + week * WEEK_MS;

/** The same numbers in every run. */
function* numbers(): Generator<number> {
  for (let state = 7; ; state = (state * 48_271) % 2_147_483_647) yield state / 2_147_483_647;
}

/** Stores with everything that affects what is carried over a Monday: silence, open nights, zones, odd minutes. */
export function sixWeeks(): World {
  const world = new World();
  const random = numbers();
  const next = (): number => random.next().value as number;
  for (const store of ['always', 'nights', 'days', 'tokyo']) {
    for (let at = BASE + next() * DAY_MS; at < monday(6); at += next() * 9 * HOUR_MS) {
      world.addPolls([{ storeId: store, active: next() < 0.6, at: Math.floor(at) }]);
    }
  }
  world.addPolls([{ storeId: 'silent since the first week', active: true, at: BASE + 5 * HOUR_MS + 1 }]);
  world.addPolls([{ storeId: 'silent since a minute before', active: false, at: monday(3) - 60_000 }]);
  world.addPolls([{ storeId: 'new in the fourth week', active: true, at: monday(3) + 90 * 60_000 }]);
  world.setZone('never polled', 'UTC');
  world.setZone('tokyo', 'Asia/Tokyo');
  const week = (start: string, end: string) => [0, 1, 2, 3, 4, 5, 6].map((dayOfWeek) => ({ dayOfWeek, start, end }));
  world.setWeek('nights', week('18:00', '03:00'));
  world.setWeek('days', week('09:00', '21:30'));
  return world;
}

export async function loadAll(program: Program, world: World): Promise<void> {
  for (const [kind, text] of Object.entries(world.files())) {
    const { status, rejectedRows } = await program.load(kind as keyof ReturnType<World['files']>, text);
    expect([kind, status, rejectedRows]).toEqual([kind, 'Complete', 0]);
  }
}

/** Sends polls to the program and to the reference. */
export async function add(program: Program, world: World, storeId: string, active: boolean, at: number): Promise<void> {
  world.addPolls([{ storeId, active, at }]);
  expect(await program.load('store_status', statusCsv([{ storeId, active, at }]))).toMatchObject({ rejectedRows: 0 });
}

/**
 * Checks that every kind of window that begins at `fromMs` or later matches the reference, which has all polls ever
 * sent.
 */
export async function expectExact(program: Program, world: World, fromMs: number): Promise<void> {
  const input = world.reference();
  const asOfs = [fromMs + WEEK_MS, fromMs + WEEK_MS + 17 * 60_000 + 1, monday(6) - 1];
  for (const asOf of asOfs) {
    for (const basis of ['all', 'observed'] as const) {
      const csv = await program.report({ asOf: new Date(asOf).toISOString(), basis });
      expect(csv).toBe(referenceCsv(referenceReport(input, asOf), basis));
    }
  }
  const stores = indexStores(input);
  const windows = [0, 1, 2].flatMap((week) =>
    [0, 1, 10 * 60_000, HOUR_MS, HOUR_MS + 1, DAY_MS].flatMap((startMs) =>
      [10 * 60_000, HOUR_MS, DAY_MS + 1].map((lengthMs) => ({ from: fromMs + week * WEEK_MS + startMs, lengthMs })),
    ),
  );
  const past = windows.filter(({ from, lengthMs }) => from + lengthMs < monday(6));
  for (let at = 0; at < past.length; at += 50) {
    const some = past.slice(at, at + 50).map(({ from, lengthMs }, i) => ({ name: `w${i}`, from, to: from + lengthMs }));
    const csv = await program.report({
      asOf: new Date(monday(6) - 1).toISOString(),
      windows: some.map((w) => ({ ...w, from: new Date(w.from).toISOString(), to: new Date(w.to).toISOString() })),
    });
    const rows = csv.trim().split('\n').slice(1);
    const expected = [...stores].sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    expect(rows).toEqual(
      expected.map(([storeId, store]) =>
        [
          storeId,
          ...some.flatMap(({ from, to }) => {
            const { open, up, down, carriedUp, carriedDown, unknown } = storeParts(store, from, to);
            return [open, up, down, carriedUp, carriedDown, unknown];
          }),
        ].join(','),
      ),
    );
  }
}

/** Checks that the rollups from a Monday on equal those of a program with the same facts that has dropped nothing. */
export async function expectSameRollups(program: Program, world: World, fromMs: number): Promise<void> {
  const clean = await openProgram();
  await loadAll(clean, world);
  for (const p of [program, clean]) await p.rollups.bringUpToDate();
  const from = new Date(fromMs).toISOString().slice(0, 10);
  const kept = async (p: Program): Promise<string[]> =>
    (await p.rollupRows()).filter((row) => /\d{4}-\d\d-\d\d/.exec(row)![0] >= from);
  const rows = await kept(clean);
  await clean.close();
  expect(rows.length).toBeGreaterThan(1_000);
  expect(await kept(program)).toEqual(rows);
}
