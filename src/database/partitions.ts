import type { PoolClient } from 'pg';
import { DAY_MS, formatInstant } from '#libs/instant/instant.js';
import { OlderThanKept, keptFrom } from './kept.js';
import { Lock } from './locks.js';

/** Both by day: a partition holds the seven UTC days from a Monday on. */
export type PartitionedTable = 'status_day' | 'uptime_day';

export const WEEK_MS = 7 * DAY_MS;
/** 1970-01-05, the first Monday of the epoch. */
const FIRST_MONDAY_MS = 4 * DAY_MS;

export const weekOf = (ms: number): number => Math.floor((ms - FIRST_MONDAY_MS) / WEEK_MS);
export const weekStartMs = (week: number): number => week * WEEK_MS + FIRST_MONDAY_MS;

/** `20261123` */
export const dateOf = (ms: number): string => formatInstant(ms).slice(0, 10).replaceAll('-', '');

/** `status_poll_20261123`: named after its first day. */
export const partitionName = (table: PartitionedTable, ms: number): string =>
  `${table}_${dateOf(weekStartMs(weekOf(ms)))}`;

/**
 * Creates the weekly partitions of the big tables before the first row needs them. What it remembers of weeks that were
 * removed since does no harm: a poll of theirs is refused when it is written (OlderThanKept).
 */
export class Partitions {
  private readonly known = new Set<string>();

  /**
   * Makes sure that the partitions of all these instants (epoch ms) are there, in the transaction of `client`.
   * @throws OlderThanKept
   */
  async ensure(client: PoolClient, table: PartitionedTable, timesMs: Iterable<number>): Promise<void> {
    const weeks = new Set<number>();
    for (const ms of timesMs) weeks.add(weekOf(ms));
    const missing: number[] = [];
    for (const startMs of [...weeks].map(weekStartMs)) {
      const name = partitionName(table, startMs);
      if (this.known.has(name)) continue;
      // what another transaction has created is there for good; what this one creates is not, before it commits
      if (await exists(client, name)) this.known.add(name);
      else missing.push(startMs);
    }
    if (missing.length > 0) await createMissing(client, table, missing);
  }
}

async function createMissing(
  client: PoolClient,
  table: PartitionedTable,
  weekStartsMs: readonly number[],
): Promise<void> {
  await client.query('select pg_advisory_xact_lock($1)', [Lock.partitions]);
  await checkKept(client, table, weekStartsMs);
  for (const startMs of weekStartsMs) {
    if (!(await exists(client, partitionName(table, startMs)))) await createAttached(client, table, startMs);
  }
}

/** Under Lock.partitions, without which no week is given up. Hours before what is kept are never computed. */
async function checkKept(client: PoolClient, table: PartitionedTable, weekStartsMs: readonly number[]): Promise<void> {
  if (table !== 'status_day') return;
  const { pollsMs } = await keptFrom(client);
  if (weekStartsMs.some((startMs) => startMs < pollsMs)) throw new OlderThanKept(pollsMs);
}

/** Created alone and then attached: PARTITION OF would lock out everybody who reads or writes the table. On Citus, attaching distributes it. */
async function createAttached(client: PoolClient, table: PartitionedTable, startMs: number): Promise<void> {
  const name = partitionName(table, startMs);
  await client.query(`create table ${name} (like ${table} including all)`);
  const [from, to] = [startMs, startMs + WEEK_MS].map((ms) => formatInstant(ms).slice(0, 10));
  await client.query(`alter table ${table} attach partition ${name} for values from ('${from}') to ('${to}')`);
}

/** By a query, since to_regclass may answer from memory what was so when the transaction last took a lock. */
async function exists(client: PoolClient, name: string): Promise<boolean> {
  const { rowCount } = await client.query('select 1 from pg_class where relname = $1 and pg_table_is_visible(oid)', [
    name,
  ]);
  return rowCount === 1;
}
