import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { DISTRIBUTED_TABLES, REFERENCE_TABLES } from '../../src/platform/database/distribution.js';
import { FleetService } from '../../src/features/fleet/fleet.service.js';
import { Exposition } from '../../src/app/observability/exposition.js';
import { ReportMaker } from '../../src/features/reports/make/report-maker.js';
import { ReportsService } from '../../src/features/reports/reports.service.js';
import { RetentionService } from '../../src/features/retention/retention.service.js';
import { DueRuns } from '../../src/features/schedules/due-runs.js';
import { RunMaker } from '../../src/features/schedules/run-maker.js';
import { SchedulesService } from '../../src/features/schedules/schedules.service.js';
import { type Program, openProgram } from './program.js';
import { recorded } from './recorded.js';

/**
 * Checks the schema and the SQL against the rules of Citus (docs/decisions/0021-distribute.md). The SQL is what the
 * program sends while it does everything that it does with polls and hours.
 */

const DISTRIBUTED: readonly string[] = DISTRIBUTED_TABLES;
const OF_STORES: readonly string[] = [...REFERENCE_TABLES, ...DISTRIBUTED_TABLES];

let program: Program;
let local: string[];
let statements: readonly string[];

beforeAll(async () => {
  program = await openProgram({ KEEP_POLLS_FOR: '14d' });
  local = (
    await column(`select relname from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p')
     and not relispartition`)
  ).filter((table) => !OF_STORES.includes(table));
  statements = [...(await recorded(workALot))].map((text) => text.toLowerCase());
});
afterAll(() => program.close());

async function column(sql: string): Promise<string[]> {
  const { rows } = await program.database.pool.query({ text: sql, rowMode: 'array' });
  return (rows as unknown as string[][]).map(([value]) => value);
}

const at = (day: number, hour: number, minute = 5): number => Date.UTC(2026, 9, day, hour, minute);

async function workALot(): Promise<void> {
  const { polls, rollups, timelines, recentOutages, weeks } = program;
  const csv = (rows: string[]): string => `store_id,status,timestamp_utc\n${rows.join('\n')}\n`;
  const line = (storeId: string, ms: number, status: string): string =>
    `${storeId},${status},${new Date(ms).toISOString().replace('T', ' ').replace('Z', ' UTC')}`;
  const days = [5, 6, 7, 12, 13];
  const hours = Array.from({ length: 24 }, (_, hour) => hour);
  const rows = ['a', 'b', 'c'].flatMap((storeId) =>
    days.flatMap((day) => hours.map((hour) => line(storeId, at(day, hour), hour % 3 === 0 ? 'inactive' : 'active'))),
  );
  await program.load('store_status', csv(rows)); // into new weeks
  await rollups.bringUpToDate();
  await program.load('business_hours', 'store_id,day,start_time_local,end_time_local\na,0,09:00:00,17:00:00\n');
  await polls.ingest([{ storeId: 'b', active: false, polledAtMs: at(6, 10, 30) }]); // late
  // An existing week, and one known poll more than a single INSERT takes.
  const many = Array.from({ length: 20_001 }, (_, i) => line('d', at(6, 0, 0) + i * 1_000, 'active'));
  await program.load('store_status', csv([...many, line('a', at(5, 1), 'inactive')]));
  await rollups.bringUpToDate();
  await program.report();
  await program.report({ stores: ['a'] });
  await polls.ingest([{ storeId: 'c', active: false, polledAtMs: at(7, 1, 30) }]);
  await program.report(); // with stores that have invalidated hours
  const fleet = program.context.get(FleetService);
  await fleet.summary({ basis: 'all' });
  await fleet.heatmap({});
  await recentOutages.page(10);
  await timelines.timeline('b', '2026-10-05T00:00:00Z', '2026-10-07T00:00:00Z');
  await program.context.get(Exposition).text();
  await weeks.prune(at(27, 0), false); // The week of the 5th is dropped.
  await polls.ingest([{ storeId: 'a', active: false, polledAtMs: at(12, 0, 30) }]); // first hour after the horizon
  await rollups.bringUpToDate();
  await program.report({ asOf: new Date(at(19, 1)).toISOString() });
  await workOnSchedules();
  await program.context.get(RetentionService).prune(false);
}

/** Requests and makes a run of a schedule. */
async function workOnSchedules(): Promise<void> {
  const schedules = program.context.get(SchedulesService);
  const { pool } = program.database;
  await schedules.create('often', { cron: '* * * * *', stores: ['a'] });
  await pool.query(`update schedule set due_after = due_after - interval '1 minute'`);
  await program.context.get(DueRuns).queueDue();
  const [run] = (await schedules.listRuns('often', 1)).items;
  const making = program.context.get(RunMaker).make(run, AbortSignal.timeout(60_000));
  let { reportId } = run;
  for (; !reportId; { reportId } = await schedules.findRun('often', run.runId)) await sleep(20);
  await program.context.get(ReportMaker).make(await program.context.get(ReportsService).find(reportId));
  expect(await making).toMatchObject({ artifactKey: expect.stringMatching(/^often\//) });
  await schedules.failAbandonedRuns();
}

const ofDistributed = (): string[] => statements.filter((text) => tablesOf(text).some((t) => DISTRIBUTED.includes(t)));

const tablesOf = (text: string): string[] =>
  [...DISTRIBUTED, ...REFERENCE_TABLES, ...local].filter((table) =>
    new RegExp(`(from|join|into|update|using|,|copy|table|only) ${table}(_(before_)?\\d{8})?\\b`).test(text),
  );

describe('the schema', () => {
  it('every table with a store_id is listed as a reference table or a distributed table', async () => {
    const tables = await column(`select distinct relname from pg_class join pg_attribute on attrelid = pg_class.oid
      where attname = 'store_id' and relkind in ('r', 'p') and not relispartition and relnamespace = 'public'::regnamespace`);
    expect(tables.toSorted()).toEqual(OF_STORES.filter((table) => table !== 'store').toSorted());
  });

  it('store_id is an integer, not null, and part of every key of a distributed table', async () => {
    const odd = await column(`select attrelid::regclass::text from pg_attribute where attname = 'store_id'
      and attrelid = any(array[${DISTRIBUTED.map((t) => `'${t}'::regclass`).join()}])
      and not (attnotnull and atttypid = 'integer'::regtype)`);
    expect(odd).toEqual([]);
    const keys = await column(`select indexrelid::regclass::text || ' ' || pg_get_indexdef(indexrelid) from pg_index
      where indisunique and indrelid = any(array[${DISTRIBUTED.map((t) => `'${t}'::regclass`).join()}])`);
    expect(keys).toHaveLength(3);
    for (const key of keys) expect(key).toMatch(/\(.*\bstore_id\b.*\)/);
  });

  it('has no triggers, and foreign keys only between reference tables', async () => {
    const tables = OF_STORES.map((table) => `'${table}'::regclass`).join();
    expect(
      await column(`select tgname from pg_trigger where not tgisinternal and tgrelid = any(array[${tables}])`),
    ).toEqual([]);
    const ends = await column(`select conrelid::regclass || ' ' || confrelid::regclass from pg_constraint
      where contype = 'f' and (conrelid = any(array[${tables}]) or confrelid = any(array[${tables}]))`);
    expect(ends.length).toBeGreaterThan(0);
    for (const end of ends.join(' ').split(' ')) expect(REFERENCE_TABLES).toContain(end);
  });
});

describe('the SQL', () => {
  it('was recorded: each distributed table is read, written and deleted from', () => {
    const seen = (pattern: string): boolean => ofDistributed().some((text) => new RegExp(pattern).test(text));
    for (const table of DISTRIBUTED) expect(seen(`(from|join) ${table}\\b`)).toBe(true);
    for (const table of DISTRIBUTED) expect(seen(`(insert into|copy) ${table}\\b`)).toBe(true);
    for (const table of DISTRIBUTED.slice(1)) expect(seen(`delete from ${table}\\b`)).toBe(true);
    // of retention, metrics and snapshots
    expect(seen('insert into status_day_before_20261012 select')).toBe(true);
    expect(seen('drop table status_day_20261005')).toBe(true);
    expect(seen('count.* from rollup_due limit')).toBe(true);
    expect(seen('lock table only status_day, only uptime_day')).toBe(true);
  });

  it.each([
    ['no correlated or lateral subquery', /\blateral\b|\bexists ?\(/],
    ['no row locks', /\bfor (no key )?(update|share|key share)\b/],
    ['no grouping sets', /\b(rollup|cube|grouping sets) ?\(/],
    [
      'no stable arithmetic on columns in UPDATE or DELETE',
      /^(with \w+ as \( ?)?(update|delete) .*\b(interval|now\(|date_trunc)/,
    ],
    ['only columns in RETURNING', /\breturning (?![\w., ]+(\)|$))/],
    [
      'no row counts of INSERT .. SELECT .. ON CONFLICT without RETURNING',
      /\binsert .*\bon conflict\b(?!.*\breturning\b)/,
    ],
    ['no now() in written values', /\bdo update set .*\b(now|random)\(/],
  ])('has %s', (_, pattern) => {
    expect(ofDistributed().filter((text) => pattern.test(text))).toEqual([]);
  });

  it('no statement uses both a distributed table and a local table of the coordinator', () => {
    const mixed = ofDistributed().filter((text) => tablesOf(text).some((table) => local.includes(table)));
    expect(mixed).toEqual([]);
  });

  it('every distributed table is joined on store_id', () => {
    const joined = ofDistributed().filter((text) => / join | using unnest/.test(text));
    expect(ofDistributed().length).toBeGreaterThan(10);
    const byStore =
      /using \(store_id\b|\bon \w+\.store_id = \w+\.(store_id|id)\b|where \w+\.store_id = \w+\.store_id\b/;
    expect(joined.filter((text) => !byStore.test(text))).toEqual([]);
  });

  it('every union is a subquery, because Citus would compute a top-level one on the coordinator', () => {
    const topLevel = (text: string): string => {
      let [kept, next] = [text.replace(/^copy \((.*)\) to .*$/, '$1'), ''];
      for (; (next = kept.replace(/\([^()]*\)/g, '')) !== kept; kept = next);
      return kept;
    };
    const unions = ofDistributed().filter((text) => text.includes(' union '));
    expect(unions.filter((text) => topLevel(text).includes(' union '))).toEqual([]);
  });

  it('every GROUP BY on a distributed table includes its store_id', () => {
    const grouped = ofDistributed().filter((text) => text.includes('group by'));
    expect(grouped.length).toBeGreaterThan(1);
    for (const text of grouped) expect(text).toMatch(/group by store_id\b/);
  });
});
