import type { PoolClient } from 'pg';
import { DAY_MS, formatInstant } from '#libs/instant/instant.js';
import { BinaryCopyWriter } from './binary-copy.js';
import { type BlockLayout, checkLayout } from './block-layout.js';
import { BeforeHorizon } from './retention-horizon.js';
import { Lock } from './locks.js';
import { epochMs } from './sql.js';

/**
 * The invalidation log: the days of stores that must be recomputed. Each entry is written in the transaction of the
 * change that caused it. Polls of hours that are not sealed yet need no entry, because they are read when their hour is
 * sealed.
 */

/** A time range of a store in which something changed; either end may be infinite. */
export interface ChangedTime {
  readonly storeId: number;
  readonly fromMs: number;
  readonly toMs: number;
}

/** The watermarks, as seen by a transaction that adds polls. */
export interface Watermarks {
  /** Hours before this are sealed; -Infinity if none are. */
  readonly sealedToMs: number;
  /** No sealed day has a poll later than both this and sealedToMs. */
  readonly sealedPollsToMs: number;
}

/**
 * Locks and returns the watermarks. Call it last in the transaction: it blocks sealing until the transaction ends.
 * @param earliestMs the earliest of the added polls
 * @param layout the one by which the transaction locked blocks
 * @throws BeforeHorizon
 */
export async function holdWatermarks(client: PoolClient, earliestMs: number, layout: BlockLayout): Promise<Watermarks> {
  await client.query('select pg_advisory_xact_lock_shared($1)', [Lock.seal]);
  const { rows } = await client.query(
    `select ${epochMs(`coalesce(sealed_to, '-infinity')`)} as "sealedToMs",
       ${epochMs('sealed_polls_to')} as "sealedPollsToMs", ${epochMs('polls_from')} as "horizonMs",
       block_layout as "blockLayout" from rollup_state`,
  );
  const { horizonMs, blockLayout, ...watermarks } = rows[0] as Watermarks & { horizonMs: number; blockLayout: string };
  checkLayout(layout, blockLayout);
  if (earliestMs < horizonMs) throw new BeforeHorizon(horizonMs);
  return watermarks;
}

/** Records that days contain polls up to `latestMs`. */
export async function raiseSealedPolls(client: PoolClient, latestMs: number): Promise<void> {
  await client.query('update rollup_state set sealed_polls_to = $1 where sealed_polls_to < $1', [
    formatInstant(latestMs),
  ]);
}

/** Writes entries with COPY: on Citus, it sends each row to its shard. */
export async function invalidate(client: PoolClient, changes: Iterable<ChangedTime>): Promise<void> {
  let writer: BinaryCopyWriter | undefined;
  for (const { storeId, fromMs, toMs } of changes) {
    writer ??= new BinaryCopyWriter(client, 'rollup_due (store_id, from_at, to_at)');
    writer.row();
    writer.int32(storeId);
    writer.timestamp(fromMs);
    writer.timestamp(toMs);
    if (writer.isFull) await writer.flush();
  }
  await writer?.end();
}

/**
 * The sealed hours that new polls invalidate. Ranges of a store in the same day or in consecutive days are merged into
 * one entry, because days are always recomputed whole.
 * @param changes first and last instant of each change; ascending by store and time
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
