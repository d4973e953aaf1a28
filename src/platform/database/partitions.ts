import type { Pool, PoolClient } from 'pg';
import { DAY_MS, formatInstant } from '#libs/instant/instant.js';
import { BeforeHorizon, retentionHorizon } from './retention-horizon.js';
import { Lock } from './locks.js';

/** Both are partitioned by day; a partition holds the seven UTC days from a Monday. */
export type PartitionedTable = 'status_day' | 'uptime_day';

export const WEEK_MS = 7 * DAY_MS;
/** 1970-01-05, the first Monday of the epoch. */
const FIRST_MONDAY_MS = 4 * DAY_MS;

export const weekOf = (ms: number): number => Math.floor((ms - FIRST_MONDAY_MS) / WEEK_MS);
export const weekStartMs = (week: number): number => week * WEEK_MS + FIRST_MONDAY_MS;

/** The starts of the weeks that overlap `[fromMs, toMs)`. */
export function weeksBetween(fromMs: number, toMs: number): number[] {
  const starts: number[] = [];
  for (let week = weekOf(fromMs); weekStartMs(week) < toMs; week++) starts.push(weekStartMs(week));
  return starts;
}

/** `2026-11-23` */
export const dateText = (ms: number): string => formatInstant(ms).slice(0, 10);
/**
 * SQL condition that the column `day` is one of these days.
 * @param daysMs ascending, at least one
 */
export function dayCondition(daysMs: readonly number[]): string {
  const [firstMs, lastMs] = [daysMs[0], daysMs.at(-1)!];
  const isContiguous = lastMs - firstMs === (daysMs.length - 1) * DAY_MS;
  return isContiguous
    ? `day between '${dateText(firstMs)}' and '${dateText(lastMs)}'`
    : `day in (${daysMs.map((ms) => `'${dateText(ms)}'`).join(', ')})`;
}

/** `20261123` */
export const dateDigits = (ms: number): string => dateText(ms).replaceAll('-', '');

/** `status_day_20261123`, named after the week's Monday. */
export const partitionName = (table: PartitionedTable, ms: number): string =>
  `${table}_${dateDigits(weekStartMs(weekOf(ms)))}`;

/** A partition holds one week, or the rows kept from all time before a Monday: `status_day_before_20261123`. */
export interface Partition {
  readonly name: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly isRest: boolean;
}

/** The table's partitions in chronological order. */
export async function partitionsOf(on: Pool | PoolClient, table: PartitionedTable): Promise<Partition[]> {
  const { rows } = await on.query(
    'select relname as name from pg_inherits join pg_class on pg_class.oid = inhrelid where inhparent = $1::regclass',
    [table],
  );
  const partitions = rows.map(({ name }: { name: string }): Partition => {
    const [, before, date] = /_(before_)?(\d{8})$/.exec(name)!;
    const dateMs = Date.parse(date.replace(/(....)(..)(..)/, '$1-$2-$3'));
    return before
      ? { name, startMs: -Infinity, endMs: dateMs, isRest: true }
      : { name, startMs: dateMs, endMs: dateMs + WEEK_MS, isRest: false };
  });
  return partitions.sort((a, b) => a.endMs - b.endMs);
}

/**
 * Creates the missing weekly partitions for these instants (epoch ms), in the transaction of `client`.
 * @throws BeforeHorizon
 */
export async function ensurePartitions(
  client: PoolClient,
  table: PartitionedTable,
  timesMs: Iterable<number>,
): Promise<void> {
  const wanted = new Set<number>();
  for (const ms of timesMs) wanted.add(weekStartMs(weekOf(ms)));
  if ((await missing(client, table, wanted)).length === 0) return;
  await client.query('select pg_advisory_xact_lock($1)', [Lock.partitions]);
  const toCreate = await missing(client, table, wanted);
  await checkHorizon(client, table, toCreate);
  for (const startMs of toCreate) await createAttached(client, table, startMs);
}

async function missing(
  client: PoolClient,
  table: PartitionedTable,
  weekStartsMs: ReadonlySet<number>,
): Promise<number[]> {
  const partitions = await partitionsOf(client, table);
  return [...weekStartsMs].filter(
    (startMs) => !partitions.some((there) => there.startMs <= startMs && startMs < there.endMs),
  );
}

/**
 * Requires Lock.partitions, which also guards the removal of weeks. Only polls need the check: hours before the
 * retention horizon are never computed.
 */
async function checkHorizon(
  client: PoolClient,
  table: PartitionedTable,
  weekStartsMs: readonly number[],
): Promise<void> {
  if (table !== 'status_day') return;
  const { pollsMs } = await retentionHorizon(client);
  if (weekStartsMs.some((startMs) => startMs < pollsMs)) throw new BeforeHorizon(pollsMs);
}

/**
 * Creates the partition as a table and attaches it: PARTITION OF would block every reader and writer of the parent. On
 * Citus, attaching it also distributes it.
 */
async function createAttached(client: PoolClient, table: PartitionedTable, startMs: number): Promise<void> {
  const name = partitionName(table, startMs);
  await client.query(`create table ${name} (like ${table} including all)`);
  await client.query(
    `alter table ${table} attach partition ${name}
     for values from ('${dateText(startMs)}') to ('${dateText(startMs + WEEK_MS)}')`,
  );
}
