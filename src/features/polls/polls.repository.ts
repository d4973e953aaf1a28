import { Injectable } from '@nestjs/common';
import { Pool, type PoolClient } from 'pg';
import { HOUR_MS, formatInstant } from '#libs/instant/instant.js';
import { type BlockLayout, readBlockLayout } from '../../platform/database/block-layout.js';
import {
  type ChangedTime,
  holdWatermarks,
  invalidate,
  invalidatedBy,
  raiseSealedPolls,
} from '../../platform/database/invalidations.js';
import { retentionHorizon } from '../../platform/database/retention-horizon.js';
import { SEQUENTIAL } from '../../platform/database/distribution.js';
import { ensurePartitions } from '../../platform/database/partitions.js';
import { DEADLOCK_DETECTED, INTERNAL_ERROR, UNIQUE_VIOLATION, epochMs, sqlState } from '../../platform/database/sql.js';
import { despiteDeadlocks } from '../../platform/database/transaction.js';
import { holdImports, lockImports } from './block-locks.js';
import { type HeadPoll, copyPolls, insertPolls, insertPollsByShard, withoutSealed } from './head.js';
import type { SortedPolls } from './poll-batch.js';
import { type BlockPolls, byBlock } from './polls-by-block.js';
import { DayMerge } from './day-merge.js';

const MAX_HEAD_POLLS = 20_000;

/** A batch that spans no more than this goes to the head whatever its size: sealing it into days would gain nothing. */
const PRESENT_MS = HOUR_MS;

/**
 * From this size on, COPY is faster than INSERT for polls that are rarely known: 40 ms instead of 100 for 14,000. On
 * Citus it is so from the start: 9 ms instead of 16 for 300.
 */
const MIN_COPIED_POLLS = { range: 1_000, shard: 30 } as const;

/** SQLSTATEs of a COPY after which the polls are inserted instead; INSERT reports any other cause than known polls again. */
const COPY_FAILURES = {
  range: [UNIQUE_VIOLATION, DEADLOCK_DETECTED],
  shard: [UNIQUE_VIOLATION, DEADLOCK_DETECTED, INTERNAL_ERROR],
};

/**
 * Writes polls. Present polls are rows of status_poll, the head. Sealed polls are in status_day: a row for each store
 * and UTC day holds that day's polls as bytes. The roll-up seals: it folds the head's polls of past hours into their
 * days.
 */
@Injectable()
export class PollsRepository {
  /** Larger batches are written as days. */
  private readonly maxHeadPolls = MAX_HEAD_POLLS;

  /** As of the first write: processes stop while tables are distributed. */
  private layout: BlockLayout | undefined;

  constructor(private readonly pool: Pool) {}

  /**
   * Adds polls durably and idempotently. Known polls stay, and of two statuses at one instant inactive wins. Small
   * batches become rows of the head, large ones days.
   * @returns how many polls were new or changed a known status
   * @throws BeforeHorizon
   */
  async write(polls: SortedPolls): Promise<number> {
    if (polls.count === 0) return 0;
    const layout = await this.blockLayout();
    const copied = await this.copyIfLater(polls, layout);
    if (copied !== undefined) return copied;
    if (polls.count > this.maxHeadPolls) return this.writeDays(polls, layout);
    return this.addToHead(polls, layout, layout.name === 'shard' ? insertPollsByShard : insertPolls);
  }

  async blockLayout(): Promise<BlockLayout> {
    return (this.layout ??= await readBlockLayout(this.pool));
  }

  /**
   * One transaction per block of stores, in sequence. Two at a time would be a tenth faster, but requests would wait
   * three times as long.
   */
  private async writeDays(polls: SortedPolls, layout: BlockLayout): Promise<number> {
    let changes = 0;
    for (const own of byBlock(polls, layout)) {
      changes += await despiteDeadlocks(this.pool, (client) => writeBlock(client, own, layout));
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
   * Copies polls if none is earlier than the latest known poll, which is usual for live polls. Few of those are
   * duplicates.
   * @returns undefined, without effect, when some poll is earlier, the batch is small, or a poll is already known
   */
  private async copyIfLater(polls: SortedPolls, layout: BlockLayout): Promise<number | undefined> {
    if (polls.count < MIN_COPIED_POLLS[layout.name]) return undefined;
    const latestMs = (await this.extent())?.latestMs ?? -Infinity;
    let [firstMs, lastMs] = [Infinity, -Infinity];
    for (let i = 0; i < polls.count; i++) {
      firstMs = Math.min(firstMs, polls.polledAtMs[i]);
      lastMs = Math.max(lastMs, polls.polledAtMs[i]);
    }
    if (firstMs < latestMs || (polls.count > this.maxHeadPolls && lastMs - firstMs > PRESENT_MS)) return undefined;
    try {
      return await this.addToHead(polls, layout, copyPolls);
    } catch (error) {
      if (!COPY_FAILURES[layout.name].includes(sqlState(error) ?? '')) throw error;
      return undefined;
    }
  }

  private addToHead(
    polls: SortedPolls,
    layout: BlockLayout,
    add: (client: PoolClient, polls: SortedPolls) => Promise<HeadPoll[]>,
  ): Promise<number> {
    return despiteDeadlocks(this.pool, async (client) => {
      if (layout.name === 'shard') await client.query(SEQUENTIAL);
      const blocks = new Set<number>();
      for (let i = 0; i < polls.count; i++) blocks.add(layout.blockOf(polls.storeIds[i]));
      await holdImports(client, blocks);
      const added = await add(client, polls);
      if (added.length === 0) return 0;
      let earliestMs = Infinity;
      for (const { fromMs } of added) earliestMs = Math.min(earliestMs, fromMs);
      const { sealedToMs, sealedPollsToMs } = await holdWatermarks(client, earliestMs, layout);
      const changed = await withoutSealed(client, added, Math.max(sealedToMs, sealedPollsToMs));
      if (changed.length === 0) return 0;
      await extend(client, changed);
      await invalidate(client, invalidatedBy(changed, sealedToMs));
      return changed.length;
    });
  }
}

/** Adds polls of one block to their days. */
async function writeBlock(client: PoolClient, polls: BlockPolls, layout: BlockLayout): Promise<number> {
  await lockImports(client, polls.block);
  const merge = new DayMerge(polls, layout);
  await ensurePartitions(client, 'status_day', merge.datesMs);
  await merge.readKnown(client);
  if (merge.changes === 0) return 0;
  await merge.write(client);
  await extend(client, merge.changed);
  const { sealedToMs } = await holdWatermarks(client, merge.firstMs, layout);
  await invalidate(client, invalidatedBy(merge.changed, sealedToMs));
  await raiseSealedPolls(client, merge.lastMs);
  return merge.changes;
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
