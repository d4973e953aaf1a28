import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { type Program, openProgram } from '../program/program.js';
import { Run } from './run.js';
import { Spelling } from './spelling.js';
import { type ValidFor, sequence } from './steps.js';
import type { Files } from './world.js';

/** npm run test:sequences runs more of them. SEQUENCES_SEED repeats those of an earlier run. */
const RUNS = Number(process.env['SEQUENCES'] ?? 20);
const SEED = process.env['SEQUENCES_SEED'];

describe('after any sequence of loads, late polls, corrections and calendar changes', () => {
  type Deployment = Record<ValidFor, Program>;
  let live: Deployment;
  let clean: Deployment;
  let runs = 0;

  const deploy = async (): Promise<Deployment> => {
    const first = await openProgram({ POLL_VALID_FOR: '3h' });
    return { '3h': first, '40m': await openProgram({ POLL_VALID_FOR: '40m' }, first) };
  };
  beforeAll(async () => {
    [live, clean] = await Promise.all([deploy(), deploy()]);
  });
  afterAll(async () => {
    for (const deployment of [live, clean]) {
      await deployment['40m'].close();
      await deployment['3h'].close();
    }
  });

  it(
    `reports, timelines and outages match the reference after every step, and the rollups equal those of one clean load (${RUNS} sequences)`,
    async () => {
      await fc.assert(
        fc.asyncProperty(sequence, async ({ base, spelling, past, steps }) => {
          for (const program of Object.values(live)) await program.forget();
          const writer = new Spelling(spelling);
          const run = new Run(live, base, `run${runs++}`, writer);
          for (const step of past) await run.take(step);
          for (const { step, look } of steps) {
            await run.take(step);
            await run.look(look);
          }
          await run.compareAll();
          if (run.world.polls.length > 0) {
            expect((await run.program.database.pool.query('select 1 from rollup_due')).rowCount).toBe(0);
          }

          const once = clean[run.validFor];
          await once.forget();
          once.setMaxHeadPolls(0);
          for (const [kind, text] of Object.entries(run.world.files(writer))) {
            const { rejectedRows, status } = await once.load(kind as keyof Files, text);
            expect({ rejectedRows, status }).toEqual({ rejectedRows: 0, status: 'Complete' });
          }
          await once.rollups.bringUpToDate();
          expect(await run.program.rollupRows()).toEqual(await once.rollupRows());
        }),
        {
          numRuns: RUNS,
          ...(SEED === undefined ? {} : { seed: Number(SEED) }),
        },
      );
    },
    60_000 + RUNS * 4_000,
  );
});
