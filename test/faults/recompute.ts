import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Client } from 'pg';
import { environment } from '#bench/run.js';
import type { Cluster } from './cluster.js';

const execute = promisify(execFile);
const ROLL_UP = fileURLToPath(new URL('roll-up.ts', import.meta.url));

const COLUMNS = {
  uptime_hour:
    'store_id, hour, open_ms, up_ms, down_ms, carried_up_ms, carried_down_ms, polls, last_polled_at, last_active',
  uptime_day: 'store_id, day, open_ms, up_ms, down_ms, carried_up_ms, carried_down_ms, polls, hours',
} as const;
type Table = keyof typeof COLUMNS;

/**
 * Computes all rollups anew in a copy of the database, which nobody may use meanwhile.
 * @returns how many rows of both tables are not the same there
 */
export async function differencesFromClean(cluster: Cluster, database: string): Promise<number> {
  const clean = `${database}_clean`;
  await cluster.createDatabase(clean, database);
  try {
    await cluster.run(clean, forgetRollups);
    await execute(process.execPath, [ROLL_UP], { env: { ...environment(), DATABASE_URL: cluster.url(clean) } });
    let differences = 0;
    for (const table of Object.keys(COLUMNS) as Table[]) {
      differences += await cluster.run(database, (ours) =>
        cluster.run(clean, (theirs) => countDifferences(table, ours, theirs)),
      );
    }
    return differences;
  } finally {
    await cluster.dropDatabase(clean);
  }
}

async function forgetRollups(client: Client): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    `select inhrelid::regclass::text as name from pg_inherits where inhparent = 'uptime_hour'::regclass`,
  );
  for (const { name } of rows) await client.query(`drop table ${name}`);
  await client.query('truncate uptime_day, rollup_block, rollup_due');
  await client.query('update rollup_state set sealed_to = null');
}

/** Days are compared by a digest first: rows are read only where it differs. */
async function countDifferences(table: Table, ours: Client, theirs: Client): Promise<number> {
  const [time, columns] = [table === 'uptime_hour' ? 'hour' : 'day', COLUMNS[table]];
  const digests = `select date_trunc('day', ${time}, 'UTC')::text as day,
      sum(hashtextextended(concat_ws(' ', ${columns}), 0)::numeric)::text as digest from ${table} group by 1`;
  const [a, b] = [await mapOf(ours, digests), await mapOf(theirs, digests)];
  let differences = 0;
  for (const day of new Set([...a.keys(), ...b.keys()])) {
    if (a.get(day) === b.get(day)) continue;
    const rows = `select concat_ws(' ', ${columns}) as day, '' as digest from ${table}
      where ${time} >= '${day}' and ${time} < timestamptz '${day}' + interval '1 day'`;
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
