import type { PoolClient } from 'pg';
import { floorToDay, formatInstant } from '#libs/instant/instant.js';
import { mergePolls, observation } from '#libs/store-day/poll-day.js';
import { dayCondition, ensurePartitions } from '../../platform/database/partitions.js';
import { epochMs } from '../../platform/database/sql.js';
import { readBlockLayout } from '../../platform/database/block-layout.js';
import { type StoreSet, storeCondition } from '../../platform/database/store-set.js';
import { lockDays } from './block-locks.js';
import { PollDayWriter, type StoreDay, deletePollDays, readPollDays } from './poll-days.js';

/** Creates the partition that folding the last hour before `sealedToMs` needs. */
export const prepareFold = (client: PoolClient, sealedToMs: number): Promise<void> =>
  ensurePartitions(client, 'status_day', [sealedToMs - 1]);

/**
 * Seals the head's polls before `sealedToMs` for the stores of one block: moves them into their status_day rows. Runs in
 * the transaction of `client`, which must hold the block's lock.
 */
export async function foldHead(client: PoolClient, stores: StoreSet, sealedToMs: number): Promise<void> {
  const { rows } = await client.query({
    text: `with folded as (
        delete from status_poll where ${storeCondition('store_id', stores)} and polled_at < $1
        returning store_id, polled_at, active)
      select store_id, ${epochMs('polled_at')}, active from folded`,
    values: [formatInstant(sealedToMs)],
    rowMode: 'array',
  });
  if (rows.length === 0) return;
  const days = byDay(rows as unknown as [number, number, boolean][]);
  const dates = [...new Set([...days.values()].map(({ dayMs }) => dayMs))].sort((a, b) => a - b);
  const storeIds = [...new Set([...days.values()].map(({ storeId }) => storeId))];
  await ensurePartitions(client, 'status_day', dates);
  const replaced: StoreDay[] = [];
  await readPollDays(
    client,
    `${dayCondition(dates)} and ${storeCondition('store_id', storeIds)}`,
    (storeId, dayMs, known) => {
      const day = days.get(keyOf(storeId, dayMs));
      if (!day) return;
      replaced.push({ storeId, dayMs });
      const { observations } = mergePolls(known.observations.subarray(0, known.count), day.observations);
      day.observations = observations;
    },
  );
  await deletePollDays(client, replaced);
  const writer = new PollDayWriter(client);
  for (const { storeId, dayMs, observations } of days.values()) {
    writer.add(storeId, dayMs, observations, 0, observations.length);
    if (writer.isFull) await writer.flush();
  }
  await writer.end();
}

/**
 * Seals the head's polls before `beforeMs` of all stores. The caller must hold the row locks of all roll-up blocks; this takes
 * the locks of their days.
 */
export async function foldHeads(client: PoolClient, beforeMs: number): Promise<void> {
  const layout = await readBlockLayout(client);
  const { rows } = await client.query(
    `select distinct ${layout.sqlOf('store_id')} as block from status_poll where polled_at < $1 order by block`,
    [formatInstant(beforeMs)],
  );
  for (const { block } of rows as { block: number }[]) {
    await lockDays(client, block);
    await foldHead(client, layout.storesOf(block), beforeMs);
  }
}

interface FoldedDay extends StoreDay {
  observations: Float64Array;
}

/** Ordered by store and day, so that rows lie in the order in which they are read. */
function byDay(rows: [storeId: number, polledAtMs: number, active: boolean][]): Map<string, FoldedDay> {
  rows.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  const days = new Map<string, FoldedDay>();
  for (let from = 0, to = 0; from < rows.length; from = to) {
    const [storeId, firstMs] = rows[from];
    const dayMs = floorToDay(firstMs);
    while (to < rows.length && rows[to][0] === storeId && floorToDay(rows[to][1]) === dayMs) to++;
    const values = rows.slice(from, to).map(([, ms, active]) => observation(ms, active));
    days.set(keyOf(storeId, dayMs), { storeId, dayMs, observations: Float64Array.from(values) });
  }
  return days;
}

const keyOf = (storeId: number, dayMs: number): string => `${storeId} ${dayMs}`;
