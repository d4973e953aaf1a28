import type { Pool, PoolClient } from 'pg';
import { DAY_MS, formatInstant } from '#libs/instant/instant.js';
import { isDistributed } from './distribution.js';
import { OlderThanKept, keptFrom } from './kept.js';
import { Lock } from './locks.js';
import { inTransaction } from './transaction.js';

/** status_poll by polled_at, uptime_hour by hour: a partition holds the seven UTC days from a Monday on. */
export type PartitionedTable = 'status_poll' | 'uptime_hour';

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

export const KEYS: Record<PartitionedTable, string> = {
  status_poll: 'store_id, polled_at',
  uptime_hour: 'hour, store_id',
};

/**
 * Creates the weekly partitions of the big tables before the first row needs them. What it remembers of weeks that were
 * removed since does no harm: a poll of theirs is refused when it is written (OlderThanKept).
 */
export class Partitions {
  private readonly known = new Set<string>();

  constructor(private readonly pool: Pool) {}

  /** Makes sure that the partitions of all these instants (epoch ms) are there. @throws OlderThanKept */
  async ensure(table: PartitionedTable, timesMs: Iterable<number>): Promise<void> {
    const weeks = new Set<number>();
    for (const ms of timesMs) weeks.add(weekOf(ms));
    const missing = [...weeks].map(weekStartMs).filter((startMs) => !this.known.has(partitionName(table, startMs)));
    if (missing.length === 0) return;
    await inTransaction(this.pool, (client) => createMissing(client, table, missing));
    for (const startMs of missing) this.known.add(partitionName(table, startMs));
  }

  /**
   * The same for `[fromMs, toMs)`, in the transaction of `client`: whoever holds a connection must not wait for another one,
   * or all of them may end up waiting.
   */
  async ensureRange(client: PoolClient, table: PartitionedTable, fromMs: number, toMs: number): Promise<void> {
    const missing: number[] = [];
    for (let week = weekOf(fromMs); weekStartMs(week) < toMs; week++) {
      const startMs = weekStartMs(week);
      if (!this.known.has(partitionName(table, startMs)) && !(await exists(client, partitionName(table, startMs)))) {
        missing.push(startMs);
      }
    }
    if (missing.length > 0) await createMissing(client, table, missing);
  }

  /**
   * Creates a partition together with its rows, in the transaction of `client`. They get their key when all of them are
   * there, which takes 60 to 75 % of the time that adding them to an existing key takes; where wal_level is minimal, they are
   * written once, to the table, instead of to the log as well. On Citus the partition is there first, so that the rows go
   * straight to their servers: what is attached with rows in it has them copied once more.
   * @param fill writes the rows into the table of the name that it is given
   * @returns undefined when the partition is there already: nothing was done then
   * @throws OlderThanKept
   */
  async createFilled<T>(
    client: PoolClient,
    table: PartitionedTable,
    startMs: number,
    fill: (name: string) => Promise<T>,
  ): Promise<T | undefined> {
    const name = partitionName(table, startMs);
    if (this.known.has(name)) return undefined;
    await client.query('select pg_advisory_xact_lock($1)', [Lock.partitions]);
    if (await exists(client, name)) {
      this.known.add(name);
      return undefined;
    }
    await checkKept(client, table, [startMs]);
    if (await isDistributed(client, table)) {
      await createAttached(client, table, startMs);
      return fill(name);
    }
    await create(client, table, startMs);
    const result = await fill(name);
    await addKey(client, table, startMs);
    await attach(client, table, startMs);
    await client.query(`analyze ${name}`); // the planner knows nothing of it otherwise until autovacuum comes by
    return result;
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
  if (table !== 'status_poll') return;
  const { pollsMs } = await keptFrom(client);
  if (weekStartsMs.some((startMs) => startMs < pollsMs)) throw new OlderThanKept(pollsMs);
}

/** On Citus, attaching distributes it as the table is. */
async function createAttached(client: PoolClient, table: PartitionedTable, startMs: number): Promise<void> {
  await create(client, table, startMs);
  await addKey(client, table, startMs);
  await attach(client, table, startMs);
}

/** By a query, since to_regclass may answer from memory what was so when the transaction last took a lock. */
async function exists(client: PoolClient, name: string): Promise<boolean> {
  const { rowCount } = await client.query('select 1 from pg_class where relname = $1 and pg_table_is_visible(oid)', [
    name,
  ]);
  return rowCount === 1;
}

/** Created alone and then attached: PARTITION OF would lock out everybody who reads or writes the table. */
const create = (client: PoolClient, table: PartitionedTable, startMs: number): Promise<unknown> =>
  client.query(`create table ${partitionName(table, startMs)} (like ${table} including all excluding indexes)`);

const addKey = (client: PoolClient, table: PartitionedTable, startMs: number): Promise<unknown> =>
  client.query(`alter table ${partitionName(table, startMs)} add primary key (${KEYS[table]})`);

const attach = (client: PoolClient, table: PartitionedTable, startMs: number): Promise<unknown> =>
  client.query(
    `alter table ${table} attach partition ${partitionName(table, startMs)}
     for values from ('${formatInstant(startMs)}') to ('${formatInstant(startMs + WEEK_MS)}')`,
  );
