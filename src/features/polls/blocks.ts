import type { PoolClient } from 'pg';
import { Lock } from '../../platform/database/locks.js';
import type { StoreRange } from '../../platform/database/store-set.js';

/** Stores per block, by database id: large enough to be worth a transaction, small enough to keep it short. */
export const STORES_PER_BLOCK = 1_000;

export const blockOf = (storeId: number): number => Math.floor(storeId / STORES_PER_BLOCK);

export const storesOf = (block: number): StoreRange => ({
  firstId: block * STORES_PER_BLOCK,
  endId: (block + 1) * STORES_PER_BLOCK,
});

/**
 * Taken by transactions that add polls to the head. Until they end, nobody else writes polls into the days of these
 * stores.
 */
export async function holdImports(client: PoolClient, storeIds: ArrayLike<number>, count: number): Promise<void> {
  const blocks = new Set<number>();
  for (let i = 0; i < count; i++) blocks.add(blockOf(storeIds[i]));
  await client.query(
    'select pg_advisory_xact_lock_shared($1, block) from (select unnest($2::integer[]) as block order by 1) as blocks',
    [Lock.importPolls, [...blocks]],
  );
}

/** Taken by transactions that add polls to the days of a block's stores. Until they end, nobody else adds any. */
export async function lockImports(client: PoolClient, block: number): Promise<void> {
  await lockDays(client, block);
  await client.query('select pg_advisory_xact_lock($1, $2)', [Lock.importPolls, block]);
}

/** Taken by transactions that write the days of a block's stores. Until they end, nobody else writes any. */
export async function lockDays(client: PoolClient, block: number): Promise<void> {
  await client.query('select pg_advisory_xact_lock($1, $2)', [Lock.pollDays, block]);
}
