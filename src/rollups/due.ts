import type { PoolClient } from 'pg';
import { HOUR_MS, floorToHour } from '#libs/instant/instant.js';
import { Lock } from '../database/locks.js';
import { epochMs } from '../database/sql.js';

/**
 * Marks what has to be computed again, in the transaction of the fact that made it so. Polls of hours that are not
 * sealed yet need no mark: they are read when their hour is sealed.
 */

/** Polls that changed what is known, ascending by store and time. */
export interface ChangedPolls {
  readonly storeIds: ArrayLike<number>;
  readonly polledAtMs: ArrayLike<number>;
  readonly count: number;
}

/** To be called last in its transaction: it holds up whoever wants to seal hours until that transaction ends. */
export async function markPollsDue(client: PoolClient, polls: ChangedPolls): Promise<void> {
  await client.query('select pg_advisory_xact_lock_shared($1)', [Lock.seal]);
  const { rows } = await client.query(`select ${epochMs('sealed_to')} as sealed_to from rollup_state`);
  const sealedToMs: number | null = rows[0].sealed_to;
  if (sealedToMs === null) return;
  const due = dueOfPolls(polls, sealedToMs);
  if (due.storeIds.length === 0) return;
  await client.query(
    `insert into rollup_due (store_id, from_at, to_at)
     select store_id, timestamptz 'epoch' + from_ms * interval '1 ms', timestamptz 'epoch' + to_ms * interval '1 ms'
     from unnest($1::integer[], $2::bigint[], $3::bigint[]) as due (store_id, from_ms, to_ms)`,
    [due.storeIds, due.fromMs, due.toMs],
  );
}

/**
 * Late polls of a store in the same or in neighbouring hours become one entry: their hours are all touched anyway, so
 * nothing more is computed, and a day that arrives late is one row instead of 24.
 */
function dueOfPolls(polls: ChangedPolls, sealedToMs: number): { storeIds: number[]; fromMs: number[]; toMs: number[] } {
  const due = { storeIds: [] as number[], fromMs: [] as number[], toMs: [] as number[] };
  for (let i = 0; i < polls.count; i++) {
    const polledAtMs = polls.polledAtMs[i];
    if (polledAtMs >= sealedToMs) continue;
    const last = due.storeIds.length - 1;
    const storeId = polls.storeIds[i];
    if (due.storeIds[last] === storeId && floorToHour(polledAtMs) <= floorToHour(due.toMs[last]) + HOUR_MS) {
      due.toMs[last] = polledAtMs;
    } else {
      due.storeIds.push(storeId);
      due.fromMs.push(polledAtMs);
      due.toMs.push(polledAtMs);
    }
  }
  return due;
}

/** A changed calendar touches all of a store's hours. */
export async function markStoresDue(client: PoolClient, storeIds: readonly number[]): Promise<void> {
  await client.query(
    `insert into rollup_due (store_id, from_at, to_at)
     select store_id, '-infinity', 'infinity' from unnest($1::integer[]) as changed (store_id)`,
    [storeIds],
  );
}
