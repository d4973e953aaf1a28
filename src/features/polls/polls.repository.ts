import { Injectable } from '@nestjs/common';
import { Pool, type PoolClient } from 'pg';
import { HOUR_MS, floorToDay, formatInstant } from '#libs/instant/instant.js';
import { instantOf, observation } from '#libs/store-day/poll-day.js';
import { BinaryCopyWriter } from '../../platform/database/binary-copy.js';
import {
  type ChangedTime,
  holdWatermarks,
  invalidate,
  invalidatedBy,
  raiseSealedPolls,
} from '../../platform/database/invalidations.js';
import { retentionHorizon } from '../../platform/database/retention-horizon.js';
import { ensurePartitions } from '../../platform/database/partitions.js';
import { DEADLOCK_DETECTED, UNIQUE_VIOLATION, epochMs, sqlState } from '../../platform/database/sql.js';
import { inTransaction } from '../../platform/database/transaction.js';
import { blockOf, holdImports, lockImports, storesOf } from './blocks.js';
import type { SortedPolls } from './poll-batch.js';
import { DayMerge } from './day-merge.js';
import { type StoreDay, findPollDays } from './poll-days.repository.js';

const MAX_HEAD_POLLS = 20_000;

/** A batch that spans no more than this goes to the head whatever its size: sealing it into days would gain nothing. */
const PRESENT_MS = HOUR_MS;

/** From this size on, COPY is faster than INSERT for polls that are rarely known: 40 ms instead of 100 for 14,000. */
const MIN_COPIED_POLLS = 1_000;

/** A poll that was added to the head, or whose status changed there. */
interface HeadPoll extends ChangedTime {
  readonly active: boolean;
}

/**
 * Writes polls. Present polls are rows of status_poll, the head. Sealed polls are in status_day: a row for each store
 * and UTC day holds that day's polls as bytes. The roll-up seals: it folds the head's polls of past hours into their
 * days.
 */
@Injectable()
export class PollsRepository {
  /** Larger batches are written as days. */
  private readonly maxHeadPolls = MAX_HEAD_POLLS;

  constructor(private readonly pool: Pool) {}

  /**
   * Adds polls durably and idempotently. Known polls stay, and of two statuses at one instant inactive wins. Small
   * batches become rows of the head, large ones days.
   * @returns how many polls were new or changed a known status
   * @throws BeforeHorizon
   */
  async write(polls: SortedPolls): Promise<number> {
    if (polls.count === 0) return 0;
    const copied = await this.copyIfLater(polls);
    if (copied !== undefined) return copied;
    return polls.count > this.maxHeadPolls ? this.writeDays(polls) : this.addToHead(polls, insertPolls);
  }

  /**
   * One transaction per block of stores, in sequence. Two at a time would be a tenth faster, but requests would wait
   * three times as long.
   */
  private async writeDays(polls: SortedPolls): Promise<number> {
    let changes = 0;
    for (const [from, to] of blocksOf(polls)) {
      changes += await inTransaction(this.pool, (client) => this.writeBlock(client, polls, from, to));
    }
    return changes;
  }

  async horizonMs(): Promise<number> {
    return (await retentionHorizon(this.pool)).pollsMs;
  }

  /** The first and last instant at which any store was polled, epoch ms; undefined when there are no polls. */
  async extent(): Promise<{ earliestMs: number; latestMs: number } | undefined> {
    const { rows } = await this.pool.query(
      `select ${epochMs('min(earliest)')} as earliest, ${epochMs('max(latest)')} as latest from poll_extent`,
    );
    const { earliest, latest } = rows[0];
    return earliest === null ? undefined : { earliestMs: earliest, latestMs: latest };
  }

  /**
   * Copies polls that are all as late as the latest known poll, as polls of the present are. Few of those are
   * duplicates.
   * @returns undefined, without effect, when some poll is earlier, the batch is small, or a poll is already known
   */
  private async copyIfLater(polls: SortedPolls): Promise<number | undefined> {
    if (polls.count < MIN_COPIED_POLLS) return undefined;
    const latestMs = (await this.extent())?.latestMs ?? -Infinity;
    let [firstMs, lastMs] = [Infinity, -Infinity];
    for (let i = 0; i < polls.count; i++) {
      firstMs = Math.min(firstMs, polls.polledAtMs[i]);
      lastMs = Math.max(lastMs, polls.polledAtMs[i]);
    }
    if (firstMs < latestMs || (polls.count > this.maxHeadPolls && lastMs - firstMs > PRESENT_MS)) return undefined;
    try {
      return await this.addToHead(polls, copyPolls);
    } catch (error) {
      if (![UNIQUE_VIOLATION, DEADLOCK_DETECTED].includes(sqlState(error) ?? '')) throw error;
      return undefined;
    }
  }

  private addToHead(
    polls: SortedPolls,
    add: (client: PoolClient, polls: SortedPolls) => Promise<HeadPoll[]>,
  ): Promise<number> {
    return inTransaction(this.pool, async (client) => {
      await holdImports(client, polls.storeIds, polls.count);
      const added = await add(client, polls);
      if (added.length === 0) return 0;
      let earliestMs = Infinity;
      for (const { fromMs } of added) earliestMs = Math.min(earliestMs, fromMs);
      const { sealedToMs, sealedPollsToMs } = await holdWatermarks(client, earliestMs);
      const changed = await withoutSealed(client, added, Math.max(sealedToMs, sealedPollsToMs));
      if (changed.length === 0) return 0;
      await extend(client, changed);
      await invalidate(client, invalidatedBy(changed, sealedToMs));
      return changed.length;
    });
  }

  /** Adds the polls at `[from, to)`, all of one block, to their days. */
  private async writeBlock(client: PoolClient, polls: SortedPolls, from: number, to: number): Promise<number> {
    await lockImports(client, blockOf(polls.storeIds[from]));
    const merge = new DayMerge(polls, from, to);
    await ensurePartitions(client, 'status_day', merge.datesMs);
    await merge.readKnown(client);
    if (merge.changes === 0) return 0;
    await merge.write(client);
    await extend(client, merge.changed);
    const { sealedToMs } = await holdWatermarks(client, merge.firstMs);
    await invalidate(client, invalidatedBy(merge.changed, sealedToMs));
    await raiseSealedPolls(client, merge.lastMs);
    return merge.changes;
  }
}

/** The index range of each block's polls. */
function* blocksOf(polls: SortedPolls): Generator<[from: number, to: number]> {
  for (let from = 0; from < polls.count;) {
    const endId = storesOf(blockOf(polls.storeIds[from])).endId;
    let to = from + 1;
    while (to < polls.count && polls.storeIds[to] < endId) to++;
    yield [from, to];
    from = to;
  }
}

async function insertPolls(client: PoolClient, polls: SortedPolls): Promise<HeadPoll[]> {
  const columns = <T>(column: ArrayLike<T>): T[] => Array.prototype.slice.call(column, 0, polls.count) as T[];
  const { rows } = await client.query({
    // On Citus, RETURNING may hold columns only.
    text: `with changed as (
         insert into status_poll (store_id, polled_at, active)
         select store_id, timestamptz 'epoch' + polled_at_ms * interval '1 ms', active = 1
         from unnest($1::integer[], $2::bigint[], $3::smallint[]) as polls (store_id, polled_at_ms, active)
         on conflict (store_id, polled_at) do update set active = false where status_poll.active and not excluded.active
         returning store_id, polled_at, active)
       select store_id, ${epochMs('polled_at')} as polled_at_ms, active from changed`,
    values: [columns(polls.storeIds), columns(polls.polledAtMs), columns(polls.active)],
    rowMode: 'array',
  });
  return (rows as unknown as [number, number, boolean][])
    .map(([storeId, ms, active]) => ({ storeId, fromMs: ms, toMs: ms, active }))
    .sort((a, b) => a.storeId - b.storeId || a.fromMs - b.fromMs);
}

async function copyPolls(client: PoolClient, polls: SortedPolls): Promise<HeadPoll[]> {
  const writer = new BinaryCopyWriter(client, 'status_poll (store_id, polled_at, active)');
  const added: HeadPoll[] = [];
  for (let i = 0; i < polls.count; i++) {
    const [storeId, ms, active] = [polls.storeIds[i], polls.polledAtMs[i], polls.active[i] === 1];
    writer.row();
    writer.int32(storeId);
    writer.timestamp(ms);
    writer.boolean(active);
    if (writer.isFull) await writer.flush();
    added.push({ storeId, fromMs: ms, toMs: ms, active });
  }
  await writer.end();
  return added;
}

/**
 * Removes from the head the polls that their days already hold. It looks after inserting, so that a poll that is being
 * folded at that moment is found in one place or the other.
 * @param untilMs no day has a later poll
 * @returns the remaining polls
 */
async function withoutSealed(
  client: PoolClient,
  added: readonly HeadPoll[],
  untilMs: number,
): Promise<readonly HeadPoll[]> {
  const looked = new Map<string, StoreDay>();
  for (const { storeId, fromMs } of added) {
    const dayMs = floorToDay(fromMs);
    if (fromMs <= untilMs) looked.set(`${storeId} ${dayMs}`, { storeId, dayMs });
  }
  const sealed = new Map<string, number>();
  for (const { storeId, observations } of await findPollDays(client, [...looked.values()])) {
    for (const value of observations) sealed.set(`${storeId} ${instantOf(value)}`, value);
  }
  const isKnown = ({ storeId, fromMs, active }: HeadPoll): boolean =>
    (sealed.get(`${storeId} ${fromMs}`) ?? Infinity) <= observation(fromMs, active);
  const known = added.filter(isKnown);
  if (known.length === 0) return added;
  await client.query(
    `delete from status_poll using unnest($1::integer[], $2::timestamptz[]) as known (store_id, polled_at)
     where status_poll.store_id = known.store_id and status_poll.polled_at = known.polled_at`,
    [known.map(({ storeId }) => storeId), known.map(({ fromMs }) => formatInstant(fromMs))],
  );
  return added.filter((poll) => !isKnown(poll));
}

async function extend(client: PoolClient, changed: readonly ChangedTime[]): Promise<void> {
  let [earliestMs, latestMs] = [Infinity, -Infinity];
  for (const { fromMs, toMs } of changed) {
    earliestMs = Math.min(earliestMs, fromMs);
    latestMs = Math.max(latestMs, toMs);
  }
  await client.query('insert into poll_extent (earliest, latest) values ($1, $2)', [
    formatInstant(earliestMs),
    formatInstant(latestMs),
  ]);
}
