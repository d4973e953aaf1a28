import type { Pool, PoolClient } from 'pg';
import { DAY_MS } from '#libs/instant/instant.js';
import { Lock } from './locks.js';
import { type PartitionedTable, dateDigits, dateText, partitionsOf } from './partitions.js';
import { limitLockWait } from './sql.js';

/**
 * What is left of a table before a Monday. Of polls the last day of each store, of hours the last day: they say which status
 * is carried into what is kept, so that no figure of it changes.
 */
const REST: Record<PartitionedTable, (beforeMs: number) => string> = {
  status_day: (beforeMs) =>
    `select distinct on (store_id) * from status_day where day < '${dateText(beforeMs)}' order by store_id, day desc`,
  uptime_day: (beforeMs) => `select * from uptime_day where day = '${dateText(beforeMs - DAY_MS)}'`,
};

/** Whoever reads or writes the table waits behind us while we wait for those who have it in hand. */
const READERS_SECONDS = 2;

/**
 * The Mondays up to `toMs` (one itself) before which weeks can be removed, one after the other, so that each step is short.
 * @returns `weeks`: how many there are to remove
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
 * Removes all weeks before a Monday, but for what is left of them, in the transaction of `client`. Other sessions that use
 * the table at that moment keep it waiting for some seconds; then it gives up with LOCK_NOT_AVAILABLE, and nothing is done.
 */
export async function removeBefore(client: PoolClient, table: PartitionedTable, mondayMs: number): Promise<void> {
  await client.query('select pg_advisory_xact_lock($1)', [Lock.partitions]);
  const gone = (await partitionsOf(client, table)).filter(({ endMs }) => endMs <= mondayMs);
  const name = `${table}_before_${dateDigits(mondayMs)}`;
  await client.query(`create table ${name} (like ${table} including all)`);
  await client.query(`insert into ${name} ${REST[table](mondayMs)}`);
  await limitLockWait(client, READERS_SECONDS);
  for (const partition of gone) await client.query(`drop table ${partition.name}`);
  await client.query(
    `alter table ${table} attach partition ${name} for values from (minvalue) to ('${dateText(mondayMs)}')`,
  );
}
