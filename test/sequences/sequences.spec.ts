import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { type Program, openProgram } from '../program/program.js';
import { Run } from './run.js';
import { sequence } from './steps.js';
import type { Files } from './world.js';

/** npm run test:sequences asks for more of them, and SEQUENCES_SEED for those of an earlier run. */
const RUNS = Number(process.env['SEQUENCES'] ?? 500);
const SEED = process.env['SEQUENCES_SEED'];

describe('after any sequence of loads, late polls, corrections and changes of calendars', () => {
  let live: Program;
  let clean: Program;
  let runs = 0;

  beforeAll(async () => {
    [live, clean] = await Promise.all([openProgram(), openProgram()]);
  });
  afterAll(() => Promise.all([live.close(), clean.close()]));

  it(
    `reports, timelines and outages are the reference's all the way, and the rollups those of one clean load (${RUNS} sequences)`,
    async () => {
      await fc.assert(
        fc.asyncProperty(sequence, async ({ base, steps }) => {
          await live.forget();
          const run = new Run(live, base, `run${runs++}`);
          for (const step of steps) await run.take(step);
          await live.rollups.bringUpToDate();
          if (run.world.polls.length > 0) {
            expect((await live.database.pool.query('select 1 from rollup_due')).rowCount).toBe(0);
          }

          await clean.forget();
          for (const [kind, text] of Object.entries(run.world.files())) {
            const { rejectedRows, status } = await clean.load(kind as keyof Files, text);
            expect({ rejectedRows, status }).toEqual({ rejectedRows: 0, status: 'Complete' });
          }
          await clean.rollups.bringUpToDate();
          expect(await live.rollupRows()).toEqual(await clean.rollupRows());
        }),
        { numRuns: RUNS, ...(SEED === undefined ? {} : { seed: Number(SEED) }) },
      );
    },
    60_000 + RUNS * 2_000,
  );
});
