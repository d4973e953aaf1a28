import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { distribute } from '../../src/platform/database/distribute.js';
import { DISTRIBUTED_TABLES, REFERENCE_TABLES, planDistribution } from '../../src/platform/database/distribution.js';
import { CITUS_CHECKS } from '../../src/platform/database/doctor/citus-checks.js';
import { runChecks } from '../../src/platform/database/doctor/postgres-checks.js';
import { entriesOf } from '../../src/features/timelines/in-order.js';
import { type Program, openProgram } from '../program/program.js';
import { recorded } from '../program/recorded.js';
import { execute } from '../setup/test-database.js';

/**
 * npm run test:citus. TEST_CITUS_URL is a database on a Citus coordinator, with the extension created and the workers
 * added. The database is emptied first. The program does the same there and on plain PostgreSQL, and all results must
 * be equal.
 */
const url = process.env['TEST_CITUS_URL'];
const withCitus = url ? describe : describe.skip;
if (!url) process.stderr.write('SKIPPED: TEST_CITUS_URL is not set, so nothing of test/citus was run on a Citus.\n');

const DAY_MS = 86_400_000;
const START_MS = Date.UTC(2026, 9, 1);
const STORES = 150;
const DAYS = 12;

const storeId = (store: number): string => `store-${String(store).padStart(3, '0')}`;
const line = (store: number, ms: number, active: boolean): string =>
  `${storeId(store)},${active ? 'active' : 'inactive'},${new Date(ms).toISOString().slice(0, 23).replace('T', ' ')} UTC`;

/**
 * Polls of every store, some more than one an hour, with different minutes for each store. `from` and `to` are days.
 */
function status(from: number, to: number, everyMs: number): string {
  const lines = ['store_id,status,timestamp_utc'];
  for (let store = 0; store < STORES; store++) {
    for (let ms = START_MS + from * DAY_MS; ms < START_MS + to * DAY_MS; ms += everyMs) {
      lines.push(line(store, ms + ((store * 7_919) % 3_000) * 1_000, (ms / everyMs + store) % 5 !== 0));
    }
  }
  return `${lines.join('\n')}\n`;
}

const stores = Array.from({ length: STORES }, (_, store) => store);
const zones = ['America/Chicago', 'America/New_York', 'Asia/Beirut'];

/** Calendars and the polls of the first days, loaded before the database is distributed. */
async function begin(program: Program): Promise<void> {
  const hours = stores.flatMap((store) => [0, 1, 2, 3, 4].map((day) => `${storeId(store)},${day},09:00:00,21:30:00`));
  await program.load('business_hours', `store_id,day,start_time_local,end_time_local\n${hours.join('\n')}\n`);
  const zoned = stores.map((store) => `${storeId(store)},${zones[store % zones.length]}`);
  await program.load('store_timezones', `store_id,timezone_str\n${zoned.join('\n')}\n`);
  await program.load('store_status', status(0, 5, 3_600_000));
  await program.rollups.bringUpToDate();
}

/**
 * New weeks, live polls, rollups, late polls of few and of many stores, polls that override others, changed calendars.
 */
async function next(program: Program): Promise<void> {
  const { polls } = program;
  await program.load('store_status', status(5, DAYS, 3_600_000));
  await program.rollups.bringUpToDate();
  const live = stores.map((store) => ({
    storeId: storeId(store),
    active: store % 3 !== 0,
    polledAtMs: START_MS + DAYS * DAY_MS,
  }));
  await polls.ingest(live);
  await polls.ingest(live); // all duplicates
  await polls.ingest([{ storeId: storeId(1), active: false, polledAtMs: START_MS + 2 * DAY_MS + 60_000 }]);
  await program.load('store_status', status(3, 6, 1_800_000)); // More than a single INSERT takes; half of them are duplicates.
  await program.load('store_status', `store_id,status,timestamp_utc\n${line(2, START_MS + 15_838_000, false)}\n`);
  await program.load('store_timezones', `store_id,timezone_str\n${storeId(4)},Asia/Tokyo\n`);
  await program.rollups.bringUpToDate();
}

interface Seen {
  readonly reports: readonly string[];
  readonly rollups: readonly string[];
  readonly outages: string;
  readonly timeline: string;
}

async function look(program: Program): Promise<Seen> {
  const page = await program.recentOutages.page(50);
  const at = (days: number): string => new Date(START_MS + days * DAY_MS + 1_234_567).toISOString();
  const timeline = await program.timelines.timeline(storeId(1), at(1), at(4));
  return {
    reports: [
      await program.report(),
      await program.report({ asOf: at(6) }),
      await program.report({ basis: 'observed', stores: [storeId(1), storeId(2)] }),
      await program.report({ windows: [{ name: 'some', from: at(1), to: at(9) }] }),
    ],
    rollups: await program.rollupRows(),
    outages: JSON.stringify(page),
    timeline: JSON.stringify({ ...timeline, statuses: entriesOf(timeline.statuses), polls: entriesOf(timeline.polls) }),
  };
}

/** `drop schema public` would also drop the views that Citus keeps there. */
const emptied = async (): Promise<void> => {
  await execute(url!, 'drop schema if exists pgboss cascade');
  await execute(
    url!,
    `do $$ declare statement text; begin
       foreach statement in array array(
         select format('drop %s if exists %s cascade', case relkind when 'v' then 'view' else 'table' end, oid::regclass)
         from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p', 'v') and not relispartition
           and not exists (select from pg_depend where objid = pg_class.oid and deptype = 'e')
         union all
         select format('drop function if exists %s cascade', oid::regprocedure) from pg_proc
         where pronamespace = 'public'::regnamespace
           and not exists (select from pg_depend where objid = pg_proc.oid and deptype = 'e'))
       loop execute statement; end loop;
     end $$`,
  );
};

withCitus('a database distributed after it has data', () => {
  let plain: Program;
  let citus: Program;
  let seen: Seen;
  let statements: ReadonlySet<string>;

  beforeAll(async () => {
    await emptied();
    plain = await openProgram();
    citus = await openProgram({ DATABASE_URL: url! });
    await begin(plain);
    await begin(citus);
    await distribute(citus.database.pool, () => {});
    await citus.close(); // processes stop while tables are distributed
    citus = await openProgram({ DATABASE_URL: url! });
    await next(plain);
    statements = await recorded(async () => {
      await next(citus);
      seen = await look(citus);
    });
  }, 300_000);

  afterAll(async () => {
    await citus?.close();
    await plain?.close();
  });

  it('is distributed once: a second run has nothing to do', async () => {
    expect(await planDistribution(citus.database.pool)).toEqual([]);
    expect(await distribute(citus.database.pool, () => {})).toBe(0);
  });

  it('has every table where it belongs, including the partitions of new weeks', async () => {
    const { rows } = await citus.database.pool.query(
      `select logicalrelid::regclass::text as name, partmethod from pg_dist_partition`,
    );
    const methods = new Map(rows.map(({ name, partmethod }) => [name as string, partmethod as string]));
    for (const table of REFERENCE_TABLES) expect([table, methods.get(table)]).toEqual([table, 'n']);
    for (const table of DISTRIBUTED_TABLES) expect([table, methods.get(table)]).toEqual([table, 'h']);
    for (const week of ['20260928', '20261005', '20261012']) expect(methods.get(`status_day_${week}`)).toBe('h');
  });

  it('returns the same results as plain PostgreSQL, byte for byte', async () => {
    const expected = await look(plain);
    expect(expected.reports[0].split('\n')).toHaveLength(STORES + 2);
    expect(seen).toEqual(expected);
  });

  it('a slow query on a shard does not count as a broken connection', async () => {
    const { rows } = await citus.database.pool.query(
      'select pg_sleep(8) from status_day where store_id = 1 and day = (select min(day) from status_day where store_id = 1)',
    );
    expect(rows).toHaveLength(1);
  });

  it('returns the same results after shards are moved to another server', async () => {
    const { pool } = citus.database;
    const { rows: nodes } = await pool.query(
      'select nodename as name, nodeport as port from pg_dist_node where groupid > 0 order by nodeid',
    );
    const { rows: shards } = await pool.query(
      `select shardid, nodename as name, nodeport as port from citus_shards
       where table_name = 'rollup_due'::regclass order by shardid limit 4`,
    );
    expect(shards).toHaveLength(4);
    for (const { shardid, name, port } of shards) {
      const other = nodes.find((node) => node.name !== name || node.port !== port);
      await pool.query("select citus_move_shard_placement($1, $2, $3, $4, $5, 'auto')", [
        shardid,
        name,
        port,
        other.name,
        other.port,
      ]);
    }
    expect(await look(citus)).toEqual(await look(plain));
  }, 300_000);

  it('sends polls of the head to their shards as rows, not through intermediate results', () => {
    const inserts = [...statements].filter((text) => text.startsWith('insert into status_poll'));
    expect(inserts.length).toBeGreaterThan(0);
    for (const text of inserts)
      expect(text).toMatch(/^insert into status_poll \(store_id, polled_at, active\) values \(/);
    expect([...statements].filter((text) => /insert into status_poll[^;]*unnest/.test(text))).toEqual([]);
  });

  it('passes each check of storewatch doctor', async () => {
    const findings = await runChecks(citus.database.pool, CITUS_CHECKS);
    expect(findings.filter(({ state }) => state === 'problem')).toEqual([]);
    expect(findings.map(({ check }) => check)).toEqual(expect.arrayContaining(CITUS_CHECKS.map(([name]) => name)));
  });

  it('reports and rollups push their queries down to the shards', async () => {
    const read = [...statements].flatMap((text) => /^copy \((.*)\) to stdout/i.exec(text)?.[1] ?? []);
    const big = read.filter((text) => /\b(from|join) (status_poll|status_day|uptime_day)\b/.test(text));
    expect(big.length).toBeGreaterThan(8);
    for (const text of big) {
      const { rows } = await citus.database.pool.query(`explain ${text}`);
      const plan = rows.map((row) => row['QUERY PLAN'] as string).join('\n');
      expect(plan).toContain('Custom Scan (Citus Adaptive)');
      // Citus may make an intermediate result only of the lists of stores and times that the program passes.
      if (!/^with (wanted|runs) /.test(text))
        expect([text, plan]).toEqual([text, expect.not.stringContaining('Distributed Subplan')]);
    }
  });
});

withCitus('a distributed database with a local table, as after a migration', () => {
  it('is completed by the next process that starts', async () => {
    await emptied();
    const first = await openProgram({ DATABASE_URL: url!, DISTRIBUTED: 'on' });
    await begin(first);
    const report = await first.report();
    await first.close();
    await execute(url!, `select undistribute_table('uptime_day')`);

    const second = await openProgram({ DATABASE_URL: url! });
    try {
      expect(await planDistribution(second.database.pool)).toEqual([]);
      expect(await second.report()).toBe(report);
    } finally {
      await second.close();
    }
  }, 120_000);
});

withCitus('a new database with DISTRIBUTED=on', () => {
  it('is distributed when its tables are created', async () => {
    await emptied();
    const program = await openProgram({ DATABASE_URL: url!, DISTRIBUTED: 'on' });
    try {
      expect(await planDistribution(program.database.pool)).toEqual([]);
      await begin(program);
      expect((await program.report()).split('\n')).toHaveLength(STORES + 2);
    } finally {
      await program.close();
    }
  }, 120_000);
});
