import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { readFile } from 'node:fs/promises';
import { planDistribution } from '../../src/platform/database/distribution.js';
import { ReportMaker } from '../../src/features/reports/make/report-maker.js';
import { ReportsService } from '../../src/features/reports/reports.service.js';
import { DueRuns } from '../../src/features/schedules/due-runs.js';
import { RunMaker } from '../../src/features/schedules/run-maker.js';
import { SchedulesService } from '../../src/features/schedules/schedules.service.js';
import { type Program, openProgram } from '../program/program.js';
import { CITUS_URL, CitusTurn, TURN_MS, withCitus } from './citus.js';
import {
  DAYS,
  DAY_MS,
  HOUR_MS,
  START_MS,
  at,
  begin,
  livePolls,
  next,
  oneStatus,
  resultsOf,
  storeId,
  stores,
  timelineOf,
} from './facts.js';

const KEEP = { KEEP_POLLS_FOR: '21d', KEEP_ROLLUPS_FOR: '14d' };

/** Each test continues from the state that the one before leaves; all of them compare the two programs. */
withCitus('the whole life of a database with DISTRIBUTED=on', () => {
  let turn: CitusTurn;
  let plain: Program;
  let citus: Program;

  beforeAll(async () => {
    turn = await CitusTurn.take();
    plain = await openProgram(KEEP);
    citus = await openProgram({ ...KEEP, DATABASE_URL: CITUS_URL, DISTRIBUTED: 'on' });
  }, TURN_MS);

  afterAll(async () => {
    await citus?.close();
    await plain?.close();
    await turn?.end();
  });

  /** Does the same in both. @returns what it returned, after a check that it is equal */
  async function expectBoth<T>(work: (program: Program) => Promise<T>): Promise<T> {
    const [expected, seen] = [await work(plain), await work(citus)];
    expect(seen).toEqual(expected);
    return expected;
  }

  it('loads, polls late and live, and rolls up', async () => {
    await expectBoth(async (program) => {
      await begin(program);
      await next(program);
    });
    const { rollups } = await expectBoth(resultsOf);
    expect(rollups.length).toBeGreaterThan(stores.length * DAYS);
  });

  it('accepts, counts and rejects the same rows of files and live polls', async () => {
    const last = START_MS + DAYS * DAY_MS;
    const accepted = await expectBoth(async (program) => {
      const { polls } = program;
      return [
        await polls.ingest(livePolls(last)), // all known
        await polls.ingest([...livePolls(last + HOUR_MS), ...livePolls(last + HOUR_MS)]), // each twice
        await polls.ingest(livePolls(last + 60_000).map((poll) => ({ ...poll, active: true }))),
        await polls.ingest(livePolls(last + 60_000).map((poll) => ({ ...poll, active: false }))), // inactive wins
        await polls.ingest(livePolls(last + 60_000).map((poll) => ({ ...poll, active: true }))), // so these change nothing
        await polls.ingest(livePolls(last - 2 * DAY_MS + 61_000)), // late
        await countsOf(program, oneStatus(7, START_MS + DAY_MS, true)),
        await countsOf(program, 'store_id,status,timestamp_utc\nx,open,2026-10-05 10:00:00 UTC\ny,active,never\n'),
      ];
    });
    expect(accepted).toMatchObject([{ accepted: 0 }, { accepted: stores.length }, {}, {}, { accepted: 0 }, {}, {}, {}]);
    await expectBoth(resultsOf);
  });

  it('changes calendars: hours, zones, special hours and the first and last date', async () => {
    await expectBoth(async ({ timezones, ...program }) => {
      await timezones.setBusinessHours(storeId(1), [{ dayOfWeek: 2, startTimeLocal: '22:00', endTimeLocal: '03:00' }]);
      await timezones.setTimezone(storeId(2), 'Asia/Kathmandu');
      await timezones.removeTimezone(storeId(3));
      await timezones.setSpecialHours(storeId(4), '2026-10-06', []);
      await timezones.setSpecialHours(storeId(4), '2026-10-07', [{ startTimeLocal: '10:00', endTimeLocal: '11:30' }]);
      await timezones.removeSpecialHours(storeId(4), '2026-10-06');
      await timezones.setLife(storeId(5), '2026-10-03', '2026-10-09');
      await program.load(
        'special_hours',
        `store_id,date,start_time_local,end_time_local\n${storeId(6)},2026-10-08,,\n`,
      );
      await program.load('store_life', `store_id,opened_on,closed_on\n${storeId(7)},2026-10-04,\n`);
    });
    // First from polls, because nothing is rolled up again yet.
    await expectBoth(async (program) => {
      const timelines: string[] = [];
      for (const store of [1, 2, 3, 4, 5, 6, 7]) timelines.push(await timelineOf(program, store, at(1), at(9)));
      return timelines;
    });
    await expectBoth(resultsOf);
  });

  it('makes the same fleet overview, in every order and with every filter', async () => {
    await expectBoth(async (program) => {
      const { computedAtMs: _, work: __, ...summary } = await program.freshFleet().summary({ basis: 'observed' });
      const pages: unknown[] = [];
      for (const sort of ['lost', 'store_id']) {
        for (const filter of [{}, { state: 'down' }, { q: '-01' }, { timezone: 'Asia/Beirut' }]) {
          pages.push(await program.freshFleet().heatmap({ sort, ...filter, from: at(3), to: at(8), pageSize: '70' }));
        }
      }
      return JSON.stringify([summary, pages]);
    });
  });

  it('makes the reports of a schedule, and the same file again', async () => {
    await expectBoth(async (program) => {
      const schedules = program.context.get(SchedulesService);
      await schedules.create('often', { cron: '* * * * *', stores: [storeId(1), storeId(9)], format: 'ndjson' });
      await schedules.create('windows', { cron: '* * * * *', windows: [{ name: 'three_days', duration: '3d' }] });
      await program.database.pool.query(`update schedule set due_after = due_after - interval '1 minute'`);
      await program.context.get(DueRuns).queueDue();
    });
    for (const name of ['often', 'windows']) await expectBoth((program) => runOf(program, name));
  });

  it('removes old weeks, and keeps the figures of the rest', async () => {
    const nowMs = START_MS + 26 * DAY_MS; // 2026-10-27: polls are kept from the 5th, and hours from the 12th.
    const removed = await expectBoth((program) => program.weeks.prune(nowMs, false));
    expect(removed).toMatchObject([{ count: 2 }, { count: 1 }]);
    await expectBoth(async (program) => {
      // The earliest poll that is still accepted, and one that is too early.
      const { accepted } = await program.polls.ingest([
        { storeId: storeId(8), active: false, polledAtMs: Date.UTC(2026, 9, 5, 0, 0, 1) },
      ]);
      const tooEarly = await countsOf(program, oneStatus(8, Date.UTC(2026, 9, 4, 23, 59), false));
      await program.rollups.bringUpToDate();
      const windows = [{ name: 'kept', from: '2026-10-05T00:00:00Z', to: at(DAYS) }];
      return [
        accepted,
        tooEarly,
        await program.report({ windows }),
        await program.report(),
        await program.rollupRows(),
      ];
    });
  });

  it('counts a batch that is sent again as duplicates, also when it is large and the latest', async () => {
    const batch = Array.from({ length: 1_000 }, (_, store) => ({
      storeId: `new-${store}`,
      active: true,
      polledAtMs: START_MS + 20 * DAY_MS,
    }));
    expect(await expectBoth((program) => program.polls.ingest(batch))).toMatchObject({ accepted: 1_000 });
    expect(await expectBoth((program) => program.polls.ingest(batch))).toMatchObject({ accepted: 0, duplicate: 1_000 });
  });

  it('leaves no rows on the coordinator', async () => {
    expect(await planDistribution(citus.database.pool)).toEqual([]);
  });
});

async function countsOf(program: Program, csv: string): Promise<unknown> {
  const { status, readRows, acceptedRows, rejectedRows } = await program.load('store_status', csv);
  return { status, readRows, acceptedRows, rejectedRows };
}

/** The file of a schedule's run, made again as of the end of the polls. */
async function runOf(program: Program, name: string): Promise<string> {
  const { context } = program;
  const schedules = context.get(SchedulesService);
  const reports = context.get(ReportsService);
  const { pool } = program.database;
  // Two are due when a minute ends meanwhile.
  await pool.query(
    `delete from schedule_run where schedule = $1
       and due_at < (select max(due_at) from schedule_run where schedule = $1)`,
    [name],
  );
  await pool.query('update schedule_run set due_at = $2 where schedule = $1', [name, at(DAYS)]);
  const [run] = (await schedules.listRuns(name, 1)).items;
  const making = context.get(RunMaker).make(run, AbortSignal.timeout(60_000));
  let { reportId } = run;
  for (; !reportId; { reportId } = await schedules.findRun(name, run.runId)) await sleep(20);
  const report = await context.get(ReportMaker).make(await reports.find(reportId));
  const made = await making;
  expect(made?.artifactKey).toMatch(new RegExp(`^${name}/`));
  return readFile(reports.location(report), 'utf8');
}
