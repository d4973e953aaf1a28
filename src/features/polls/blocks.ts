import type { PoolClient } from 'pg';
import { Lock } from '../../platform/database/locks.js';
import type { StoreRange } from '../../platform/database/store-set.js';

/** Stores in a block, by database id: enough that a transaction is worth its cost, few enough that it is short. */
export const STORES_PER_BLOCK = 1_000;

export const blockOf = (storeId: number): number => Math.floor(storeId / STORES_PER_BLOCK);

/** The stores of a block. */
export const storesOf = (block: number): StoreRange => ({
  firstId: block * STORES_PER_BLOCK,
  endId: (block + 1) * STORES_PER_BLOCK,
});

/** For whoever adds polls to the head: until the transaction ends, none are added to days of these stores from elsewhere. */
export async function holdImports(client: PoolClient, storeIds: ArrayLike<number>, count: number): Promise<void> {
  const blocks = new Set<number>();
  for (let i = 0; i < count; i++) blocks.add(blockOf(storeIds[i]));
  await client.query(
    'select pg_advisory_xact_lock_shared($1, block) from (select unnest($2::integer[]) as block order by 1) as blocks',
    [Lock.importPolls, [...blocks]],
  );
}

/** For whoever adds polls to days of a block's stores: until the transaction ends, nobody else adds any. */
export async function lockImports(client: PoolClient, block: number): Promise<void> {
  await lockDays(client, block);
  await client.query('select pg_advisory_xact_lock($1, $2)', [Lock.importPolls, block]);
}

/** For whoever writes days of a block's stores: until the transaction ends, nobody else writes any. */
export async function lockDays(client: PoolClient, block: number): Promise<void> {
  await client.query('select pg_advisory_xact_lock($1, $2)', [Lock.pollDays, block]);
}
