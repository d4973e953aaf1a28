import type { PoolClient } from 'pg';
import { Lock } from '../../platform/database/locks.js';

/**
 * Taken by transactions that add polls to the head. Until they end, nobody else writes polls into the days of these
 * blocks' stores.
 */
export async function holdImports(client: PoolClient, blocks: ReadonlySet<number>): Promise<void> {
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
