import type { PoolClient } from 'pg';
import { DAY_MS, formatInstant } from '#libs/instant/instant.js';
import { BeforeHorizon } from './retention-horizon.js';
import { Lock } from './locks.js';
import { epochMs, timestampText } from './sql.js';

/**
 * The invalidation log: which days of which stores have to be computed again, written in the transaction of the fact that made it
 * so. Polls of hours that are not sealed yet need no entry: they are read when their hour is sealed.
 */

/** Time of a store in which something changed; either end may be infinite. */
export interface ChangedTime {
  readonly storeId: number;
  readonly fromMs: number;
  readonly toMs: number;
}

/** How far polls are where, as a transaction that adds some sees it. */
export interface Watermarks {
  /** Hours before are sealed; -Infinity: none is. */
  readonly sealedToMs: number;
  /** No sealed day has a later poll than this and sealedToMs. */
  readonly sealedPollsToMs: number;
}

/**
 * To be called last in its transaction: it holds up whoever wants to seal hours until that transaction ends.
 * @param earliestMs of the polls that were added
 * @throws BeforeHorizon
 */
export async function holdWatermarks(client: PoolClient, earliestMs: number): Promise<Watermarks> {
  await client.query('select pg_advisory_xact_lock_shared($1)', [Lock.seal]);
  const { rows } = await client.query(
    `select ${epochMs(`coalesce(sealed_to, '-infinity')`)} as "sealedToMs",
       ${epochMs('sealed_polls_to')} as "sealedPollsToMs", ${epochMs('polls_from')} as "horizonMs" from rollup_state`,
  );
  const { horizonMs, ...watermarks } = rows[0] as Watermarks & { horizonMs: number };
  if (earliestMs < horizonMs) throw new BeforeHorizon(horizonMs);
  return watermarks;
}

/** Says that days hold polls up to `latestMs`. */
export async function raiseSealedPolls(client: PoolClient, latestMs: number): Promise<void> {
  await client.query('update rollup_state set sealed_polls_to = $1 where sealed_polls_to < $1', [
    formatInstant(latestMs),
  ]);
}

/** So many at once that nobody waits long for this process, nor this one for the database. */
const ENTRIES_PER_INSERT = 1_000;

export async function invalidate(client: PoolClient, changes: Iterable<ChangedTime>): Promise<void> {
  let batch: ChangedTime[] = [];
  for (const entry of changes) {
    if (batch.push(entry) < ENTRIES_PER_INSERT) continue;
    await insert(client, batch);
    batch = [];
  }
  if (batch.length > 0) await insert(client, batch);
}

async function insert(client: PoolClient, changes: readonly ChangedTime[]): Promise<void> {
  await client.query(
    `insert into rollup_due (store_id, from_at, to_at)
     select store_id, from_at, to_at from unnest($1::integer[], $2::timestamptz[], $3::timestamptz[]) as due (store_id, from_at, to_at)`,
    [
      changes.map((d) => d.storeId),
      changes.map((d) => timestampText(d.fromMs)),
      changes.map((d) => timestampText(d.toMs)),
    ],
  );
}

/**
 * What polls make invalid of the hours that are sealed. Times of a store in the same day or in days that follow each other become
 * one entry: a day is computed whole anyway.
 * @param changes where polls changed what is known, first and last instant; ascending by store and time
 */
export function* invalidatedBy(changes: Iterable<ChangedTime>, sealedToMs: number): Generator<ChangedTime> {
  let last: { storeId: number; fromMs: number; toMs: number } | undefined;
  for (const { storeId, fromMs, toMs } of changes) {
    if (fromMs >= sealedToMs) continue;
    if (last?.storeId === storeId && fromMs < last.toMs + DAY_MS) {
      last.toMs = Math.max(last.toMs, toMs);
    } else {
      if (last) yield last;
      last = { storeId, fromMs, toMs };
    }
  }
  if (last) yield last;
}
