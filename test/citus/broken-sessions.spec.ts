import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Program, openProgram } from '../program/program.js';
import { Failures, SessionKiller, brokenBefore, finishPrepared, unfinishedCommit } from './broken.js';
import { CITUS_URL, CitusTurn, TURN_MS, withCitus } from './citus.js';
import {
  DAYS,
  DAY_MS,
  HOUR_MS,
  START_MS,
  expectSame,
  livePolls,
  loadCalendars,
  pollRows,
  resultsOf,
  status,
  stores,
} from './facts.js';

/** The sessions on both workers are ended in the middle of the program's work. */
withCitus('lost sessions on the workers', () => {
  let turn: CitusTurn;
  let plain: Program;
  let citus: Program;
  const failures = new Failures();

  beforeAll(async () => {
    turn = await CitusTurn.take();
    plain = await openProgram();
    citus = await openProgram({ DATABASE_URL: CITUS_URL, DISTRIBUTED: 'on' });
    for (const program of [plain, citus]) await loadCalendars(program);
  }, TURN_MS);

  afterAll(async () => {
    await citus?.close();
    await plain?.close();
    await turn?.end();
  });

  const load = async (program: Program, day: number): Promise<void> => {
    // As days, like a large file.
    program.setMaxHeadPolls(day % 2 === 0 ? 1_000 : 20_000);
    const { status: outcome, error } = await program.load('store_status', status(day, day + 1, HOUR_MS / 2));
    if (outcome !== 'Complete') throw new Error(error ?? outcome);
  };

  /** Does the work for each day, with sessions lost before another statement each time, and again after it failed. */
  async function throughFailures(work: (program: Program, day: number) => Promise<void>): Promise<void> {
    for (let day = 0; day < DAYS; day++) {
      await work(plain, day);
      const statements = (day === 0 ? 5 : 3) + 2 * day;
      try {
        await brokenBefore(turn, statements, () => work(citus, day));
      } catch (error) {
        failures.note(error);
        await finishPrepared(turn);
        await work(citus, day);
      }
    }
    await finishPrepared(turn);
  }

  it('during loads: a load that failed can be repeated, and all polls are there', async () => {
    await throughFailures(load);
    expect(failures.count).toBeGreaterThan(0);
    expect(await pollRows(citus)).toEqual(await pollRows(plain));
  }, 300_000);

  it('during roll-ups: a roll-up that failed can be repeated, and all results are the same', async () => {
    const before = failures.count;
    await throughFailures(async (program, day) => {
      const polledAtMs = START_MS + DAYS * DAY_MS + day * HOUR_MS;
      await program.polls.ingest(livePolls(polledAtMs));
      await program.rollups.bringUpToDate();
    });
    expect(failures.count).toBeGreaterThan(before);
    expectSame(await resultsOf(citus), await resultsOf(plain));
  }, 300_000);

  describe('again and again, while two clients send live polls and a roll-up follows the other', () => {
    const BATCHES = 60;
    const KILLED = 40;
    const acknowledged: number[] = [];

    it('loses no acknowledged poll', async () => {
      const fromMs = START_MS + (DAYS + 1) * DAY_MS;
      const killer = new SessionKiller(turn, 20);
      const done = new AbortController();
      const client = async (first: number): Promise<void> => {
        for (let batch = first; batch < BATCHES || (killer.ended < KILLED && batch < 10 * BATCHES); batch += 2) {
          const polledAtMs = fromMs + batch * 20 * 60_000;
          try {
            await citus.polls.ingest(livePolls(polledAtMs));
            acknowledged.push(polledAtMs);
          } catch (error) {
            failures.note(error);
          }
        }
      };
      const rollUps = async (): Promise<void> => {
        while (!done.signal.aborted)
          await citus.rollups.bringUpToDate().catch((error: unknown) => failures.note(error));
      };
      const rolling = rollUps();
      await Promise.all([client(0), client(1)]);
      await killer.stop();
      done.abort();
      await rolling;

      const finished = await finishPrepared(turn);
      process.stdout.write(
        `${acknowledged.length} batches acknowledged, ${killer.ended} sessions ended, ${finished} commits finished later.\n`,
      );
      expect(killer.ended).toBeGreaterThanOrEqual(KILLED);
      const there = new Set((await pollRows(citus)).map((row) => row.replace(/ [tf]$/, '')));
      const { rows } = await plain.database.pool.query(
        `select concat_ws(' ', external_id, to_timestamp(ms / 1000.0)::timestamptz(3)) as line
         from store, unnest($1::float8[]) as ms where external_id like 'store-%'`,
        [acknowledged],
      );
      expect(rows).toHaveLength(acknowledged.length * stores.length);
      expect(rows.filter(({ line }: { line: string }) => !there.has(line))).toEqual([]);
    }, 300_000);

    it('computes the same results once the polls are sent again and rolled up', async () => {
      const { rows } = await citus.database.pool.query(
        'select distinct (extract(epoch from polled_at) * 1000)::float8 as ms from poll order by 1',
      );
      const sent = rows.map(({ ms }: { ms: number }) => ms).filter((ms) => ms >= START_MS + (DAYS + 1) * DAY_MS);
      for (const polledAtMs of sent) await plain.polls.ingest(livePolls(polledAtMs));
      await citus.rollups.bringUpToDate();
      expectSame(await resultsOf(citus), await resultsOf(plain));
    }, 120_000);
  });

  it('in the middle of a commit delay the sealing of an hour until its polls are visible', async () => {
    const sealedTo = async (): Promise<number> => {
      const { rows } = await citus.database.pool.query('select sealed_to from rollup_state');
      return Date.parse(rows[0].sealed_to);
    };
    const before = await sealedTo();
    const polledAtMs = START_MS + 2 * DAYS * DAY_MS;
    await citus.polls.ingest(livePolls(polledAtMs));

    await unfinishedCommit(turn, async () => {
      await citus.rollups.bringUpToDate();
      expect(await sealedTo()).toBe(before);
    });
    await citus.rollups.bringUpToDate();
    expect(await sealedTo()).toBe(polledAtMs);
  });

  it('are reported as a database that does not answer', () => {
    expect([...failures.wrong]).toEqual([]);
  });
});
