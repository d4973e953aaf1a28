import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { DomainError } from '../../libs/errors.js';
import { inSnapshot } from '../../src/platform/database/transaction.js';
import type { World } from '../sequences/world.js';
import { statusCsv } from '../sequences/world.js';
import {
  BASE,
  DAY_MS,
  HOUR_MS,
  WEEK_MS,
  add,
  expectExact,
  expectSameRollups,
  loadAll,
  monday,
  sixWeeks,
} from './old-weeks.js';
import { type Program, openProgram } from './program.js';

const KEEP = { KEEP_POLLS_FOR: '28d', KEEP_ROLLUPS_FOR: '21d' };
/** The retention horizon of polls and hours when retention runs at monday(6). */
const [POLLS_FROM, HOURS_FROM] = [monday(2), monday(3)];

let program: Program;
/** Another process over the same database. It wrote into every week before some were dropped. */
let other: Program;
let shortValid: Program;
let world: World;

const partitions = async (table: string): Promise<string[]> => {
  const { rows } = await program.database.pool.query(
    `select relname as name from pg_inherits join pg_class on pg_class.oid = inhrelid
     where inhparent = '${table}'::regclass order by 1`,
  );
  return rows.map(({ name }: { name: string }) => name);
};

/** Whether a session waits for an exclusive lock on one of the tables. */
const isWaiting = async (): Promise<boolean> => {
  const { rowCount } = await other.database.pool.query(
    `select from pg_locks where relation in ('status_day'::regclass, 'uptime_day'::regclass)
       and mode = 'AccessExclusiveLock' and not granted`,
  );
  return rowCount! > 0;
};

beforeAll(async () => {
  program = await openProgram(KEEP);
  other = await openProgram(KEEP, program);
  shortValid = await openProgram({ ...KEEP, POLL_VALID_FOR: '40m' }, program);
  world = sixWeeks();
  await loadAll(program, world);
  await program.rollups.bringUpToDate();
  for (let week = 0; week < 6; week++) await add(other, world, 'always', true, monday(week) + 12_345);
});
afterAll(async () => {
  for (const p of [other, shortValid, program]) await p.close();
});

// The tests run in order: each continues from the state that the one before leaves.
describe('dropping old weeks', () => {
  it('is previewed by a dry run, which drops nothing', async () => {
    expect(await program.weeks.prune(monday(6), true)).toEqual([
      { count: 3, what: 'weeks of rollups before 2026-10-19' },
      { count: 2, what: 'weeks of polls before 2026-10-12' },
    ]);
    expect(await partitions('status_day')).toHaveLength(6);
  });

  it('drops their partitions and keeps one day of polls per store and one day of hours', async () => {
    await program.weeks.prune(monday(6) + 3 * DAY_MS, false);
    expect(await partitions('status_day')).toEqual([
      'status_day_20261012',
      'status_day_20261019',
      'status_day_20261026',
      'status_day_20261102',
      'status_day_before_20261012',
    ]);
    expect(await partitions('uptime_day')).toEqual([
      'uptime_day_20261019',
      'uptime_day_20261026',
      'uptime_day_20261102',
      'uptime_day_before_20261019',
    ]);
    const { rows } = await program.database.pool.query(
      `select (select count(*) from status_day_before_20261012)::int as stores,
         (select string_agg(distinct day::text, ' ') from uptime_day_before_20261019) as day`,
    );
    expect(rows).toEqual([{ stores: 5, day: '2026-10-18' }]);
  });

  it('changes no figure after the retention horizon', async () => {
    await expectExact(program, world, POLLS_FROM);
    await expectExact(program, world, HOURS_FROM);
  });

  it('has nothing to do a second time', async () => {
    expect(await program.weeks.prune(monday(6), true)).toEqual([
      { count: 0, what: 'weeks of rollups before 2026-10-19' },
      { count: 0, what: 'weeks of polls before 2026-10-12' },
    ]);
    await program.weeks.prune(monday(6), false);
    expect(await partitions('uptime_day')).toHaveLength(4);
  });

  it('lets late polls change what is carried into the remaining hours', async () => {
    await add(program, world, 'silent since the first week', false, HOURS_FROM - 3 * HOUR_MS);
    await add(program, world, 'new in the fourth week', false, POLLS_FROM + HOUR_MS);
    await add(program, world, 'days', false, HOURS_FROM - 1);
    await add(program, world, 'nights', true, HOURS_FROM);
    await add(program, world, 'never polled before', true, POLLS_FROM);
    await expectExact(program, world, POLLS_FROM);
    await expectExact(program, world, HOURS_FROM);
    await expectSameRollups(program, world, HOURS_FROM);
  });

  it('lets calendars and POLL_VALID_FOR change exactly the remaining hours', async () => {
    await program.timezones.setTimezone('nights', 'Europe/Berlin');
    world.setZone('nights', 'Europe/Berlin');
    await expectExact(program, world, HOURS_FROM);
    world.pollValidForMs = 40 * 60_000;
    await expectExact(shortValid, world, POLLS_FROM);
    world.pollValidForMs = 3 * HOUR_MS;
    await expectExact(program, world, HOURS_FROM);
    await expectSameRollups(program, world, HOURS_FROM);
  });

  it('works for a store in a block that was never rolled up', async () => {
    await program.database.pool.query('alter table store alter id restart with 2001');
    await add(program, world, 'of another block', true, POLLS_FROM + 1);
    await add(program, world, 'of another block', false, HOURS_FROM + 4 * DAY_MS);
    await expectExact(program, world, HOURS_FROM);
    await expectSameRollups(program, world, HOURS_FROM);
  });
});

describe('the time before the retention horizon', () => {
  it('is rejected in reports', async () => {
    const early = program.report({ asOf: new Date(POLLS_FROM + WEEK_MS - 1).toISOString() });
    await expect(early).rejects.toThrow(
      'The window last_week begins at 2026-10-11T23:59:59.999Z, which is before the retention horizon: polls are kept from 2026-10-12T00:00:00.000Z on (KEEP_POLLS_FOR).',
    );
    const windows = [{ name: 'w', from: '2026-10-11T00:00:00Z', to: '2026-10-13T00:00:00Z' }];
    await expect(program.report({ windows })).rejects.toMatchObject({ field: 'windows[0]' });
  });

  it('is rejected in timelines and lists of outages', async () => {
    const before = new Date(POLLS_FROM - 1).toISOString();
    const upTo = new Date(POLLS_FROM + DAY_MS).toISOString();
    await expect(program.timelines.timeline('always', before, upTo)).rejects.toMatchObject({ field: 'from' });
    await expect(program.recentOutages.page(10, { since: before, asOf: upTo })).rejects.toMatchObject({
      field: 'since',
    });
    await expect(program.timelines.outages('always', undefined, before)).rejects.toMatchObject({ field: 'to' });
    // By default, the range begins at the horizon.
    expect(await program.timelines.timeline('always', undefined, upTo)).toMatchObject({ startMs: POLLS_FROM });
  });

  it('rejects late polls in batches and files, even in a process that wrote there before', async () => {
    const old = { storeId: 'always', active: false, polledAtMs: BASE + 2 * DAY_MS };
    const reason =
      '2026-09-30T00:00:00.000Z is before the retention horizon: polls are kept from 2026-10-12T00:00:00.000Z on (KEEP_POLLS_FOR)';
    const fresh = { storeId: 'always', active: false, polledAtMs: monday(5) + 777 };
    world.addPolls([{ storeId: 'always', active: false, at: fresh.polledAtMs }]);
    expect(await other.polls.ingest([old, fresh])).toEqual({
      accepted: 1,
      duplicate: 0,
      rejected: [{ index: 0, field: 'timestamp_utc', reason }],
    });
    // The same in a process that has written nowhere yet.
    expect((await shortValid.polls.ingest([old])).rejected).toEqual([{ index: 0, field: 'timestamp_utc', reason }]);
    const file = await other.load(
      'store_status',
      statusCsv([{ storeId: 'always', active: false, at: old.polledAtMs }]),
    );
    expect(file).toMatchObject({ status: 'Failed', acceptedRows: 0, rejectedRows: 1, error: expect.any(String) });
    await expectExact(other, world, HOURS_FROM);
    expect(await partitions('status_day')).toHaveLength(5);
  });
});

describe('processes that work while weeks are dropped', () => {
  it('write nothing into a week that is dropped during an import', async () => {
    const batch = [{ storeId: 'days', active: true, at: monday(2) + 5 }];
    const reading = other.load('store_status', statusCsv(batch));
    // a week later
    await Promise.all([
      reading.catch((error: unknown) => expect(error).toBeInstanceOf(DomainError)),
      program.weeks.prune(monday(7), false),
    ]);
    const { rows } = await program.database.pool.query(
      `select store_id, count(*) from status_day where day < $1 group by store_id having count(*) > 1`,
      [new Date(monday(3)).toISOString()],
    );
    expect(rows).toEqual([]);
    await expectExact(program, world, monday(4));
  });

  it('see the whole week in a snapshot taken before it is dropped', async () => {
    const { pool } = program.database;
    const count = async (on: Pick<typeof pool, 'query'>): Promise<number> =>
      (await on.query('select from poll where polled_at < $1', [new Date(monday(4)).toISOString()])).rowCount!;
    const before = await count(pool);
    expect(before).toBeGreaterThan(50);
    let removing: Promise<unknown> = Promise.resolve();
    const seen = await inSnapshot(pool, async (client) => {
      await client.query('select 1 from store');
      const state = { isOver: false };
      removing = other.weeks.prune(monday(8), false).finally(() => (state.isOver = true));
      while (!state.isOver && !(await isWaiting())) await sleep(5);
      return count(client);
    });
    expect(seen).toBe(before);
    await removing;
    expect(await count(pool)).toBeLessThan(before);
  }, 30_000);

  it('proceed when another session holds the tables, and the weeks are dropped later', async () => {
    const reader = await program.database.pool.connect();
    await reader.query('begin; select 1 from status_day limit 1');
    const removing = program.weeks.prune(monday(9), false);
    const written = await other.polls.ingest([{ storeId: 'days', active: true, polledAtMs: monday(6) - 5 }]);
    expect(written).toMatchObject({ accepted: 1 });
    setTimeout(() => void reader.query('commit').finally(() => reader.release()), 3_000);
    await removing;
    expect(await partitions('status_day')).toEqual(['status_day_20261102', 'status_day_before_20261102']);
  }, 30_000);
});
