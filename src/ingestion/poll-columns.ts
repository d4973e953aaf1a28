import type { PoolClient } from 'pg';
import type { PollColumns } from '#libs/uptime/stretches.js';
import { readBinary } from '../database/binary-copy.js';

/** Stores' polls, by database id. */
export type ColumnsOfStores = Map<number, PollColumns>;

/**
 * The rows of `query`, store_id, polled_at and active ordered by the first two, as columns a store. The same poll read
 * twice counts once.
 */
export async function readColumns(client: PoolClient, query: string): Promise<ColumnsOfStores> {
  const columns = new Map<number, { polledAtMs: number[]; active: number[]; count: number }>();
  await readBinary(client, query, (row) => {
    const id = row.int32();
    const polledAtMs = row.timestamp();
    const active = row.boolean() ? 1 : 0;
    let polls = columns.get(id);
    if (!polls) columns.set(id, (polls = { polledAtMs: [], active: [], count: 0 }));
    if (polls.polledAtMs.at(-1) === polledAtMs) return;
    polls.polledAtMs.push(polledAtMs);
    polls.active.push(active);
    polls.count++;
  });
  return columns;
}
