import type { Pool, PoolClient } from 'pg';
import { readBinary } from '../../platform/database/binary-copy.js';
import { SEQUENTIAL } from '../../platform/database/distribution.js';
import { raiseSealedPolls } from '../../platform/database/invalidations.js';
import { Lock } from '../../platform/database/locks.js';
import { ensurePartitions } from '../../platform/database/partitions.js';
import { epochMs } from '../../platform/database/sql.js';
import { RANGES } from '../../platform/database/block-layout.js';
import { storeCondition } from '../../platform/database/store-set.js';
import { inTransaction } from '../../platform/database/transaction.js';
import { DayMerge } from './day-merge.js';
import type { SortedPolls } from './poll-batch.js';

/**
 * Migrates the polls of a database without store-days into days, one week per transaction. After a crash it resumes
 * where it stopped. Several processes may run it at once, but nobody may add polls meanwhile, so it is part of starting
 * up.
 * @param onWeek called before each week with the number of weeks left
 */
export async function convertPolls(pool: Pool, onWeek: (left: number) => void = () => {}): Promise<void> {
  while (await inTransaction(pool, (client) => convertNext(client, onWeek)));
}

const OLD_TABLE = 'status_poll_row';

/** @returns whether there may be more */
async function convertNext(client: PoolClient, onWeek: (left: number) => void): Promise<boolean> {
  await client.query('select pg_advisory_xact_lock($1)', [Lock.migrate]);
  await client.query(SEQUENTIAL);
  // read from the catalog: to_regclass may still see a table that another process dropped while this one waited for the
  // lock
  const { rows: found } = await client.query(
    'select from pg_tables where schemaname = current_schema() and tablename = $1',
    [OLD_TABLE],
  );
  if (found.length === 0) return false;
  const { rows: weeks } = await client.query(
    `select relname as name from pg_inherits join pg_class on pg_class.oid = inhrelid
     where inhparent = $1::regclass order by right(relname, 8), relname`,
    [OLD_TABLE],
  );
  if (weeks.length === 0) {
    await client.query(`drop table ${OLD_TABLE}`);
    return false;
  }
  onWeek(weeks.length);
  const { name } = weeks[0] as { name: string };
  await convertWeek(client, name);
  await client.query(`drop table ${name}`);
  return true;
}

async function convertWeek(client: PoolClient, name: string): Promise<void> {
  const { rows } = await client.query(
    `select max(store_id) as "lastId", ${epochMs('max(polled_at)')} as "latestMs" from ${name}`,
  );
  const { lastId, latestMs } = rows[0] as { lastId: number | null; latestMs: number };
  if (lastId === null) return;
  const [, before] = /_before_(\d{8})$/.exec(name) ?? [];
  if (before !== undefined) {
    // what retention left of the time before that date
    const rest = `status_day_before_${before}`;
    await client.query(`create table ${rest} (like status_day including all)`);
    await client.query(`alter table status_day attach partition ${rest} for values from (minvalue) to ('${before}')`);
  }
  for (let block = 0; block <= RANGES.lastBlock(lastId); block++) {
    const polls = await readBlock(client, name, block);
    if (polls.count === 0) continue;
    const days = new DayMerge(polls, RANGES);
    if (before === undefined) await ensurePartitions(client, 'status_day', days.datesMs);
    await days.write(client);
  }
  await raiseSealedPolls(client, latestMs);
}

async function readBlock(client: PoolClient, name: string, block: number): Promise<SortedPolls> {
  const storeIds: number[] = [];
  const polledAtMs: number[] = [];
  const active: number[] = [];
  await readBinary(
    client,
    `select store_id, polled_at, active from ${name} where ${storeCondition('store_id', RANGES.storesOf(block))}
     order by store_id, polled_at`,
    (row) => {
      storeIds.push(row.int32());
      polledAtMs.push(row.timestamp());
      active.push(row.boolean() ? 1 : 0);
    },
  );
  return {
    storeIds: Int32Array.from(storeIds),
    polledAtMs: Float64Array.from(polledAtMs),
    active: Uint8Array.from(active),
    count: storeIds.length,
  };
}
