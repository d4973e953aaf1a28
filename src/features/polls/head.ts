import type { PoolClient } from 'pg';
import { floorToDay, formatInstant } from '#libs/instant/instant.js';
import { instantOf, observation } from '#libs/store-day/poll-day.js';
import { BinaryCopyWriter } from '../../platform/database/binary-copy.js';
import type { ChangedTime } from '../../platform/database/invalidations.js';
import { epochMs } from '../../platform/database/sql.js';
import type { SortedPolls } from './poll-batch.js';
import { type StoreDay, findPollDays } from './poll-days.js';

/** The SQL of status_poll, the head: polls of the present, as rows. */

/** On Citus, rows of one INSERT; three parameters each. */
const ROWS_PER_INSERT = 1_000;

/** A poll that was added to the head, or whose status changed there. */
export interface HeadPoll extends ChangedTime {
  readonly active: boolean;
}

/** Epoch ms of polled_at. In RETURNING, Citus allows immutable expressions only. */
const EPOCH_MS = `(extract(epoch from polled_at - timestamptz 'epoch') * 1000)::float8`;

/** Of two statuses at one instant, inactive wins. */
const ON_CONFLICT = `on conflict (store_id, polled_at) do update set active = false
  where status_poll.active and not excluded.active`;

/** Adds polls to the head. @returns those that changed what is known, ascending by store and time */
export async function insertPolls(client: PoolClient, polls: SortedPolls): Promise<HeadPoll[]> {
  const columns = <T>(column: ArrayLike<T>): T[] => Array.prototype.slice.call(column, 0, polls.count) as T[];
  const { rows } = await client.query({
    text: `with changed as (
         insert into status_poll (store_id, polled_at, active)
         select store_id, timestamptz 'epoch' + polled_at_ms * interval '1 ms', active = 1
         from unnest($1::integer[], $2::bigint[], $3::smallint[]) as polls (store_id, polled_at_ms, active)
         ${ON_CONFLICT}
         returning store_id, polled_at, active)
       select store_id, ${epochMs('polled_at')} as polled_at_ms, active from changed`,
    values: [columns(polls.storeIds), columns(polls.polledAtMs), columns(polls.active)],
    rowMode: 'array',
  });
  return inOrder(rows as unknown as HeadRow[]);
}

type HeadRow = [storeId: number, polledAtMs: number, active: boolean];

const inOrder = (rows: readonly HeadRow[]): HeadPoll[] =>
  rows
    .map(([storeId, ms, active]) => ({ storeId, fromMs: ms, toMs: ms, active }))
    .sort((a, b) => a.storeId - b.storeId || a.fromMs - b.fromMs);

/**
 * As `insertPolls`, for Citus: it sends rows of VALUES straight to their shards. INSERT .. SELECT from unnest
 * goes through intermediate results and sends about a hundred statements to each worker.
 */
export async function insertPollsByShard(client: PoolClient, polls: SortedPolls): Promise<HeadPoll[]> {
  const added: HeadRow[] = [];
  for (let from = 0; from < polls.count; from += ROWS_PER_INSERT) {
    const count = Math.min(ROWS_PER_INSERT, polls.count - from);
    const values = Array.from({ length: count }, (_, i) => `($${3 * i + 1}, $${3 * i + 2}, $${3 * i + 3})`);
    const { rows } = await client.query({
      text: `insert into status_poll (store_id, polled_at, active) values ${values.join(', ')} ${ON_CONFLICT}
        returning store_id, ${EPOCH_MS}, active`,
      values: Array.from({ length: count }, (_, i) => [
        polls.storeIds[from + i],
        formatInstant(polls.polledAtMs[from + i]),
        polls.active[from + i] === 1,
      ]).flat(),
      rowMode: 'array',
    });
    added.push(...(rows as unknown as HeadRow[]));
  }
  return inOrder(added);
}

/** As `insertPolls`, for polls of which none is known yet. @throws a unique violation when one is */
export async function copyPolls(client: PoolClient, polls: SortedPolls): Promise<HeadPoll[]> {
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
 * Removes from the head the polls that their days already hold. The days are checked after the insert, so
 * that a poll that is being folded at that moment is found in one place or the other.
 * @param untilMs no day has a later poll
 * @returns the remaining polls
 */
export async function withoutSealed(
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
