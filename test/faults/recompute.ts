import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Client } from 'pg';
import { environment } from '#bench/run.js';
import type { Cluster } from './cluster.js';

const execute = promisify(execFile);
const ROLL_UP = fileURLToPath(new URL('roll-up.ts', import.meta.url));

const COLUMNS =
  'store_id, day, open_ms, up_ms, down_ms, carried_up_ms, carried_down_ms, polls, hour_count, last_polled_at, last_active, hours';

/**
 * Recomputes all rollups in a copy of the database, which nothing else may use meanwhile.
 * @returns how many rows differ there
 */
export async function differencesFromClean(cluster: Cluster, database: string): Promise<number> {
  const clean = `${database}_clean`;
  await cluster.createDatabase(clean, database);
  try {
    await cluster.run(clean, forgetRollups);
    await execute(process.execPath, [ROLL_UP], { env: { ...environment(), DATABASE_URL: cluster.url(clean) } });
    return await cluster.run(database, (ours) => cluster.run(clean, (theirs) => countDifferences(ours, theirs)));
  } finally {
    await cluster.dropDatabase(clean);
  }
}

async function forgetRollups(client: Client): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    `select inhrelid::regclass::text as name from pg_inherits where inhparent = 'uptime_day'::regclass`,
  );
  for (const { name } of rows) await client.query(`drop table ${name}`);
  await client.query('truncate rollup_block, rollup_due');
  await client.query('update rollup_state set sealed_to = null');
}

/** Compares a digest of each day first and reads the rows only where it differs. */
async function countDifferences(ours: Client, theirs: Client): Promise<number> {
  const digests = `select day::text, sum(hashtextextended(concat_ws(' ', ${COLUMNS}), 0)::numeric)::text as digest
    from uptime_day group by 1`;
  const [a, b] = [await mapOf(ours, digests), await mapOf(theirs, digests)];
  let differences = 0;
  for (const day of new Set([...a.keys(), ...b.keys()])) {
    if (a.get(day) === b.get(day)) continue;
    const rows = `select concat_ws(' ', ${COLUMNS}) as day, '' as digest from uptime_day where day = '${day}'`;
    const [mine, clean] = [await mapOf(ours, rows), await mapOf(theirs, rows)];
    differences += Math.max(missingFrom(mine, clean), missingFrom(clean, mine));
  }
  return differences;
}

async function mapOf(client: Client, sql: string): Promise<Map<string, string>> {
  const { rows } = await client.query<{ day: string; digest: string }>(sql);
  return new Map(rows.map(({ day, digest }) => [day, digest]));
}

const missingFrom = (rows: ReadonlyMap<string, string>, others: ReadonlyMap<string, string>): number =>
  [...rows.keys()].filter((row) => !others.has(row)).length;
