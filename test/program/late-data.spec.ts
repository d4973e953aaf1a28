import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type ReferenceHours, type ReferencePoll, referenceCsv, referenceReport } from '../reference/reference.js';
import { type Program, openProgram } from './program.js';

const ZONES = ['America/Chicago', 'Australia/Lord_Howe', 'Asia/Kathmandu', 'America/Havana'];
const STORES = 4;

type Step =
  | { do: 'polls'; polls: { store: number; minute: number; active: boolean }[] }
  | { do: 'hours'; store: number; rows: { day: number; start: number; end: number }[] }
  | { do: 'zone'; store: number; zone: string }
  | { do: 'roll up' }
  | { do: 'report'; minute: number; basis: 'all' | 'observed' };

const store = fc.nat(STORES - 1);
/** Minutes of ten days; few enough that polls meet at the same instant, in the same hour, on the hour. */
const minute = fc.oneof(
  fc.nat(240).map((hour) => hour * 60),
  fc.nat(240 * 6).map((n) => n * 10),
);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('polls' as const),
      polls: fc.array(fc.record({ store, minute, active: fc.boolean() }), { minLength: 1, maxLength: 12 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('hours' as const),
      store,
      rows: fc.array(fc.record({ day: fc.nat(6), start: fc.nat(47), end: fc.nat(48) }), { maxLength: 6 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('zone' as const), store, zone: fc.constantFrom(...ZONES) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('roll up' as const) }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('report' as const), minute, basis: fc.constantFrom('all', 'observed') }),
  },
);

const clockTime = (halfHours: number): string =>
  `${String(Math.floor(halfHours / 2)).padStart(2, '0')}:${halfHours % 2 === 0 ? '00' : '30'}:00`;

describe('late data and changes', () => {
  let program: Program;
  /** Every run has stores of its own, and begins with no polls and nothing sealed. */
  let run = 0;

  beforeAll(async () => {
    program = await openProgram();
  });
  afterAll(() => program.close());

  it('leave the rollups as one clean computation makes them, and every report as the reference says', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 14 }), async (steps) => {
        const base = Date.UTC(2024, 9, 28); // clocks change in Havana within the ten days
        run++;
        await program.database.pool.query('truncate status_poll, uptime_hour, rollup_due, poll_extent, rollup_block');
        await program.database.pool.query('update rollup_state set sealed_to = null');
        const polls: ReferencePoll[] = [];
        const hours = new Map<string, ReferenceHours[]>();
        const zones = new Map<string, string>();
        const nameOf = (index: number): string => `run${run}-store${index}`;
        for (const s of steps) {
          if (s.do === 'polls') {
            const batch = s.polls.map((p) => ({
              storeId: nameOf(p.store),
              active: p.active,
              at: base + p.minute * 60_000,
            }));
            polls.push(...batch);
            await program.polls.ingest(batch.map(({ storeId, active, at }) => ({ storeId, active, polledAtMs: at })));
          } else if (s.do === 'hours') {
            const rows = s.rows.map((r) => ({ dayOfWeek: r.day, start: clockTime(r.start), end: clockTime(r.end) }));
            const storeId = nameOf(s.store);
            hours.set(
              storeId,
              rows.map((r) => ({ ...r, storeId })),
            );
            const week = rows.map((r) => ({ dayOfWeek: r.dayOfWeek, startTimeLocal: r.start, endTimeLocal: r.end }));
            await program.timezones.setBusinessHours(storeId, week);
          } else if (s.do === 'zone') {
            zones.set(nameOf(s.store), s.zone);
            await program.timezones.setTimezone(nameOf(s.store), s.zone);
          } else if (s.do === 'roll up') {
            await program.rollups.bringUpToDate();
          } else {
            const asOf = base + s.minute * 60_000;
            const input = {
              polls,
              hours: [...hours.values()].flat(),
              zones: [...zones].map(([storeId, timezone]) => ({ storeId, timezone })),
            };
            const expected = referenceCsv(referenceReport(input, asOf), s.basis);
            const csv = await program.report({ asOf: new Date(asOf).toISOString(), basis: s.basis });
            // a store whose week was set to no rows is known to the program, though the reference has no row of it
            const known = new Set(expected.split('\n').map((line) => line.split(',')[0]));
            const ours = csv.split('\n').filter((line) => known.has(line.split(',')[0]));
            expect(ours.join('\n')).toBe(expected);
          }
        }
        await program.rollups.bringUpToDate();
        const kept = await program.rollupRows();
        await program.database.pool.query('update rollup_block set rolled_to = null');
        await program.rollups.bringUpToDate();
        expect(await program.rollupRows()).toEqual(kept);
        const due = await program.database.pool.query('select 1 from rollup_due');
        if (polls.length > 0) expect(due.rowCount).toBe(0);
      }),
      { numRuns: 40 },
    );
  });
});

describe('what is computed again', () => {
  let program: Program;
  const at = (text: string): number => Date.parse(`2026-10-05T${text}Z`);
  const ingest = async (storeId: string, ...times: string[]): Promise<unknown> =>
    program.polls.ingest(times.map((time) => ({ storeId, active: true, polledAtMs: at(time) })));

  beforeAll(async () => {
    program = await openProgram();
    await ingest('a', '01:10:00', '05:20:00', '08:30:00');
    await ingest('b', '02:00:00', '09:59:00');
    await program.rollups.bringUpToDate();
  });
  afterAll(() => program.close());

  it('is nothing when nothing happened', async () => {
    expect(await program.rollups.bringUpToDate()).toEqual({ blocks: 0, rows: 0 });
  });

  it('is the hours from a late poll to the store’s next poll, and no other store', async () => {
    await ingest('a', '03:15:00');
    expect((await program.rollups.bringUpToDate()).rows).toBe(3); // 03, 04 and 05, where the next poll is
  });

  it('is one hour when the next poll is in the same hour', async () => {
    await ingest('a', '05:10:00');
    expect((await program.rollups.bringUpToDate()).rows).toBe(1);
  });

  it('is nothing when the poll was known', async () => {
    await ingest('a', '05:10:00');
    expect((await program.rollups.bringUpToDate()).rows).toBe(0);
  });

  it('begins with the late poll when it is the store’s first', async () => {
    await ingest('b', '00:30:00');
    expect((await program.rollups.bringUpToDate()).rows).toBe(2); // 00 and 01: 02 begins with its own poll
  });

  it('is all of a store’s hours when its calendar changes', async () => {
    await program.timezones.setTimezone('a', 'Asia/Kathmandu');
    expect((await program.rollups.bringUpToDate()).rows).toBe(8); // 01 to 08
  });

  it('is nothing when a calendar is set to what it was', async () => {
    await program.timezones.setTimezone('a', 'Asia/Kathmandu');
    expect((await program.rollups.bringUpToDate()).rows).toBe(0);
  });

  it('is an hour of every store that is known by a poll when another hour is complete', async () => {
    await ingest('a', '10:01:00');
    expect((await program.rollups.bringUpToDate()).rows).toBe(2); // 09 of a and of b
  });
});
