import type { Pool, PoolClient } from 'pg';
import { DAY_MS } from '#libs/instant/instant.js';
import { isDistributed } from './distribution.js';
import { Lock } from './locks.js';
import { type PartitionedTable, dateDigits, dateText, partitionsOf } from './partitions.js';
import { limitLockWait } from './sql.js';

/**
 * The rows that are kept when the weeks before a Monday are removed: each store's last day of polls, and the last day
 * of hours. They provide the status carried into the remaining time, so its figures do not change.
 */
const KEPT_ROWS: Record<PartitionedTable, (beforeMs: number) => string> = {
  status_day: (beforeMs) =>
    `select distinct on (store_id) * from status_day where day < '${dateText(beforeMs)}' order by store_id, day desc`,
  uptime_day: (beforeMs) => `select * from uptime_day where day = '${dateText(beforeMs - DAY_MS)}'`,
};

/** While this waits for the exclusive lock, every new reader and writer queues behind it. */
const LOCK_WAIT_SECONDS = 2;

/**
 * The Mondays up to `toMs` (itself a Monday) before which weeks can be removed. Removing them one at a time keeps each
 * step short.
 * @returns `weeks`: how many weeks there are to remove
 */
export async function removable(
  on: Pool | PoolClient,
  table: PartitionedTable,
  toMs: number,
): Promise<{ mondaysMs: number[]; weeks: number }> {
  const partitions = await partitionsOf(on, table);
  const weeks = partitions.filter(({ isRest, endMs }) => !isRest && endMs <= toMs);
  const removedToMs = partitions.find(({ isRest }) => isRest)?.endMs ?? -Infinity;
  if (toMs <= removedToMs) return { mondaysMs: [], weeks: 0 };
  return { mondaysMs: [...new Set([...weeks.map(({ endMs }) => endMs), toMs])], weeks: weeks.length };
}

/**
 * Removes all weeks before a Monday except the rows to keep, in the transaction of `client`. If other sessions lock the
 * table for longer than LOCK_WAIT_SECONDS, it fails with LOCK_NOT_AVAILABLE and nothing changes.
 */
export async function removeBefore(client: PoolClient, table: PartitionedTable, mondayMs: number): Promise<void> {
  await client.query('select pg_advisory_xact_lock($1)', [Lock.partitions]);
  const gone = (await partitionsOf(client, table)).filter(({ endMs }) => endMs <= mondayMs);
  const name = `${table}_before_${dateDigits(mondayMs)}`;
  await client.query(`create table ${name} (like ${table} including all)`);
  await client.query(`insert into ${name} ${KEPT_ROWS[table](mondayMs)}`);
  await limitLockWait(client, LOCK_WAIT_SECONDS);
  for (const partition of gone) await client.query(`drop table ${partition.name}`);
  await client.query(
    `alter table ${table} attach partition ${name} for values from (minvalue) to ('${dateText(mondayMs)}')`,
  );
  // Attaching copied the rows to their shards, and left them here too.
  if (await isDistributed(client, table))
    await client.query(`select truncate_local_data_after_distributing_table('${name}')`);
}
