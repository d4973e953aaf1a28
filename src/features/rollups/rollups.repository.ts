import { Injectable } from '@nestjs/common';
import { Pool, type PoolClient } from 'pg';
import { floorToHour, formatInstant } from '#libs/instant/instant.js';
import { type BlockLayout, readBlockLayout } from '../../platform/database/block-layout.js';
import type { ChangedTime } from '../../platform/database/invalidations.js';
import { Lock } from '../../platform/database/locks.js';
import { epochMs, limitLockWait, timestampText, unlessLocked } from '../../platform/database/sql.js';
import { type StoreSet, storeCondition } from '../../platform/database/store-set.js';
import { inTransaction } from '../../platform/database/transaction.js';
import { hasUnfinishedCommits } from '../../platform/database/workers.js';

/** The hours that still need a roll-up. */
export interface Backlog {
  /** Seconds since the start of the oldest past hour that is not computed or is invalidated; 0: none. */
  readonly lagSeconds: number;
  /** Past hours that are not computed, summed over all blocks. */
  readonly blockHours: number;
  /** Invalidations by late polls and changed calendars, at most MAX_DUE_COUNTED. */
  readonly dueRows: number;
}

/** The row of rollup_state. */
export interface RollupState {
  /** The watermark; null: none yet. */
  readonly sealedToMs: number | null;
  /** POLL_VALID_FOR of the hours before it. */
  readonly pollValidForMs: number | null;
  /** The first hour kept; -Infinity: all. */
  readonly hoursFromMs: number;
  /** The name of the layout of blocks. */
  readonly blockLayout: string;
}

/** Counting stops here, so that it stays cheap. */
const MAX_DUE_COUNTED = 100_000;

/** How long sealing waits for transactions that add polls, since new ones queue behind it. */
const WRITERS_SECONDS = 5;

/** Owns the tables rollup_due, rollup_state and rollup_block. */
@Injectable()
export class RollupsRepository {
  constructor(private readonly pool: Pool) {}

  /**
   * Seals the hours before `toMs`: from then on polls in them are late. Waits for writers that have not seen the new
   * watermark. Gives up when a writer takes too long, because new writers queue behind it, or when polls of a writer may
   * not be visible yet; the next run tries again.
   */
  async seal(toMs: number, pollValidForMs: number): Promise<void> {
    const before = await this.state(this.pool);
    if (before.sealedToMs !== null && before.sealedToMs >= toMs && before.pollValidForMs === pollValidForMs) return;
    const sealing = inTransaction(this.pool, async (client) => {
      await limitLockWait(client, WRITERS_SECONDS);
      await client.query('select pg_advisory_xact_lock($1)', [Lock.seal]);
      if (await hasUnfinishedCommits(client)) return;
      const { pollValidForMs: validForMs } = await this.state(client);
      // A different POLL_VALID_FOR changes every hour.
      if (validForMs !== null && validForMs !== pollValidForMs)
        await client.query('update rollup_block set rolled_to = null');
      await client.query('update rollup_state set sealed_to = greatest(sealed_to, $1), poll_valid_for_ms = $2', [
        formatInstant(toMs),
        pollValidForMs,
      ]);
    });
    await unlessLocked(sealing, undefined);
  }

  async state(on: Pool | PoolClient): Promise<RollupState> {
    const { rows } = await on.query(
      `select ${epochMs('sealed_to')} as "sealedToMs", poll_valid_for_ms as "pollValidForMs",
         ${epochMs('hours_from')} as "hoursFromMs", block_layout as "blockLayout" from rollup_state`,
    );
    return rows[0];
  }

  /** Merges the rows that writers added to poll_extent into one, so that reading the extent stays cheap. */
  async foldExtent(): Promise<void> {
    await this.pool.query(
      `with folded as (delete from poll_extent returning earliest, latest)
       insert into poll_extent (earliest, latest) select min(earliest), max(latest) from folded having count(*) > 0`,
    );
  }

  /** Creates the blocks that stores need. */
  async addBlocks(layout: BlockLayout): Promise<void> {
    const { rows } = await this.pool.query('select max(id) as "lastId" from store');
    const lastId = rows[0].lastId as number | null;
    if (lastId === null) return;
    await this.pool.query(
      'insert into rollup_block (block) select generate_series(0, $1::integer) on conflict (block) do nothing',
      [layout.lastBlock(lastId)],
    );
  }

  /** Blocks with hours to compute, in order. */
  async blocksToRoll(layout: BlockLayout): Promise<number[]> {
    const { rows: behind } = await this.pool.query(
      `select block from rollup_block, rollup_state where rolled_to is null or rolled_to < sealed_to`,
    );
    const { rows: due } = await this.pool.query(`select distinct ${layout.sqlOf('store_id')} as block from rollup_due`);
    return [...new Set([...behind, ...due].map((row) => row.block as number))].sort((a, b) => a - b);
  }

  /**
   * Locks a block until the transaction ends.
   * @param wait false: give up at once when the block is locked
   * @returns how far it is rolled up (null: not at all), or undefined when another process holds it
   */
  async lockBlock(
    client: PoolClient,
    block: number,
    wait: boolean,
  ): Promise<{ rolledToMs: number | null } | undefined> {
    const { rows } = await client.query(
      `select ${epochMs('rolled_to')} as rolled_to from rollup_block where block = $1
       for update ${wait ? '' : 'skip locked'}`,
      [block],
    );
    return rows[0] && { rolledToMs: rows[0].rolled_to };
  }

  /** Waits for running roll-ups and prevents new ones until the transaction ends. */
  async lockAllBlocks(client: PoolClient): Promise<void> {
    await client.query('select block from rollup_block order by block for update');
  }

  async setRolledTo(client: PoolClient, block: number, rolledToMs: number): Promise<void> {
    await client.query('update rollup_block set rolled_to = $2 where block = $1', [block, formatInstant(rolledToMs)]);
  }

  /**
   * Removes and returns the invalidations of a block's stores; they are gone when the transaction commits. Either end may be
   * infinite.
   */
  async takeInvalid(client: PoolClient, stores: StoreSet): Promise<ChangedTime[]> {
    const { rows } = await client.query(
      `with taken as (
         delete from rollup_due where ${storeCondition('store_id', stores)} returning store_id, from_at, to_at)
       select store_id as "storeId", ${epochMs('from_at')} as "fromMs", ${epochMs('to_at')} as "toMs" from taken`,
    );
    return rows;
  }

  /**
   * Stores with invalidated hours before `toMs`, or in a block that is not rolled up that far; all stores when some
   * hours of `[fromMs, toMs)` are before the retention horizon.
   */
  async staleStores(client: PoolClient, fromMs: number, toMs: number, stores: StoreSet): Promise<Set<number>> {
    const { rows: due } = await client.query({
      text: `select distinct store_id from rollup_due where from_at < $1 and ${storeCondition('store_id', stores)}`,
      values: [timestampText(toMs)],
      rowMode: 'array',
    });
    // A query of its own: on Citus, invalidations and blocks may be on different servers.
    const layout = await readBlockLayout(client);
    const { rows: behind } = await client.query({
      text: `select store.id from store left join rollup_block on block = ${layout.sqlOf('store.id')}
       where ${storeCondition('store.id', stores)}
         and ($1::timestamptz = '-infinity' or rolled_to is null or rolled_to < $1::timestamptz
           or least($1::timestamptz, $2::timestamptz) < (select hours_from from rollup_state))`,
      values: [timestampText(toMs), timestampText(fromMs)],
      rowMode: 'array',
    });
    return new Set(([...due, ...behind] as unknown as [number][]).map(([id]) => id));
  }

  async backlog(): Promise<Backlog> {
    // A query of its own: on Citus, invalidations may be on other servers than the rest.
    const { rows: due } = await this.pool.query(
      `select count(*)::int as count, ${epochMs('min(from_at)')} as from_ms
       from (select from_at from rollup_due limit ${MAX_DUE_COUNTED}) as due`,
    );
    const { count: dueRows, from_ms: dueFromMs } = due[0] as { count: number; from_ms: number | null };
    const { rows } = await this.pool.query(
      `with extent as (
         select date_trunc('hour', min(earliest)) as first_hour, date_trunc('hour', max(latest)) as latest_hour
         from poll_extent
       ), behind as (
         select coalesce(rolled_to, first_hour) as from_at, latest_hour
         from rollup_block, extent where coalesce(rolled_to, first_hour) < latest_hour
       ), oldest as (
         select least((select min(from_at) from behind),
           (select greatest($1::timestamptz, first_hour) from extent where first_hour is not null and $1 is not null))
           as hour
       )
       select
         coalesce((select greatest(extract(epoch from now() - hour), 0) from oldest where isfinite(hour)), 0)::float8
           as "lagSeconds",
         (select coalesce(sum(extract(epoch from latest_hour - from_at)) / 3600, 0)::float8 from behind)
           as "blockHours"`,
      [dueFromMs === null ? null : timestampText(dueFromMs)],
    );
    return { ...rows[0], dueRows };
  }

  /** The hour of the earliest poll, as seen by `on`: no store has rows before it. */
  async firstHourMs(on: Pool | PoolClient): Promise<number> {
    const { rows } = await on.query(`select ${epochMs('min(earliest)')} as earliest from poll_extent`);
    return floorToHour(rows[0].earliest ?? Infinity);
  }

  /**
   * Moves the retention horizon of polls: from now on polls before `fromMs` are refused. Waits for writers, as sealing
   * does.
   * @returns false, without effect, when a writer took too long
   */
  async keepPollsFrom(fromMs: number): Promise<boolean> {
    const keeping = inTransaction(this.pool, async (client) => {
      await limitLockWait(client, WRITERS_SECONDS);
      await client.query('select pg_advisory_xact_lock($1)', [Lock.partitions]);
      await client.query('select pg_advisory_xact_lock($1)', [Lock.seal]);
      await client.query('update rollup_state set polls_from = greatest(polls_from, $1)', [formatInstant(fromMs)]);
      return true;
    });
    return unlessLocked(keeping, false);
  }

  /**
   * Moves the retention horizon of hours: none before `fromMs` is read or computed any more. The caller must hold the
   * locks of all blocks.
   */
  async keepHoursFrom(client: PoolClient, fromMs: number): Promise<void> {
    await client.query('update rollup_state set hours_from = greatest(hours_from, $1)', [formatInstant(fromMs)]);
  }
}
