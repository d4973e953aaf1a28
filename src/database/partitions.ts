import type { Pool } from 'pg';
import { DAY_MS, formatInstant } from '#libs/instant/instant.js';
import { Lock } from './locks.js';
import { inTransaction } from './transaction.js';

/** status_poll by polled_at, uptime_hour by hour: a partition holds the seven UTC days from a Monday on. */
export type PartitionedTable = 'status_poll' | 'uptime_hour';

const WEEK_MS = 7 * DAY_MS;
/** 1970-01-05, the first Monday of the epoch. */
const FIRST_MONDAY_MS = 4 * DAY_MS;

export const weekOf = (ms: number): number => Math.floor((ms - FIRST_MONDAY_MS) / WEEK_MS);
export const weekStartMs = (week: number): number => week * WEEK_MS + FIRST_MONDAY_MS;

/** `status_poll_20261123`: named after its first day. */
export const partitionName = (table: PartitionedTable, ms: number): string =>
  `${table}_${formatInstant(weekStartMs(weekOf(ms)))
    .slice(0, 10)
    .replaceAll('-', '')}`;

/** Creates the weekly partitions of the big tables before the first row needs them. */
export class Partitions {
  private readonly known = new Set<string>();

  constructor(private readonly pool: Pool) {}

  /** Makes sure that the partitions of all these instants (epoch ms) are there. */
  async ensure(table: PartitionedTable, timesMs: Iterable<number>): Promise<void> {
    const weeks = new Set<number>();
    for (const ms of timesMs) weeks.add(weekOf(ms));
    const missing = [...weeks].map(weekStartMs).filter((startMs) => !this.known.has(partitionName(table, startMs)));
    if (missing.length > 0) await this.create(table, missing);
  }

  /** The same for `[fromMs, toMs)`. */
  async ensureRange(table: PartitionedTable, fromMs: number, toMs: number): Promise<void> {
    const weeks: number[] = [];
    for (let week = weekOf(fromMs); weekStartMs(week) < toMs; week++) weeks.push(weekStartMs(week));
    await this.ensure(table, weeks);
  }

  private async create(table: PartitionedTable, weekStartsMs: readonly number[]): Promise<void> {
    await inTransaction(this.pool, async (client) => {
      await client.query('select pg_advisory_xact_lock($1)', [Lock.partitions]);
      for (const startMs of weekStartsMs) {
        const name = partitionName(table, startMs);
        const found = await client.query('select 1 where to_regclass($1) is not null', [name]);
        if (found.rowCount === 1) continue;
        // Created alone and then attached: PARTITION OF would lock out everybody who reads or writes the table.
        await client.query(`create table ${name} (like ${table} including all)`);
        const bounds = `from ('${formatInstant(startMs)}') to ('${formatInstant(startMs + WEEK_MS)}')`;
        await client.query(`alter table ${table} attach partition ${name} for values ${bounds}`);
      }
    });
    for (const startMs of weekStartsMs) this.known.add(partitionName(table, startMs));
  }
}
