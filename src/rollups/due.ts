import type { PoolClient } from 'pg';
import { HOUR_MS, floorToHour, formatInstant } from '#libs/instant/instant.js';
import { OlderThanKept } from '../database/kept.js';
import { Lock } from '../database/locks.js';
import { epochMs, timestampText } from '../database/sql.js';

/**
 * Marks what has to be computed again, in the transaction of the fact that made it so. Polls of hours that are not
 * sealed yet need no mark: they are read when their hour is sealed.
 */

/** Polls, ascending by store and time, of which some changed what is known. */
export interface ChangedPolls {
  readonly storeIds: ArrayLike<number>;
  readonly polledAtMs: ArrayLike<number>;
  /** Of the columns. */
  readonly count: number;
  /** 1 where a poll was known before; absent: all changed something. */
  readonly known?: ArrayLike<number>;
}

/** Time of a store in which its calendar changed; either end may be infinite. */
export interface ChangedTime {
  readonly storeId: number;
  readonly fromMs: number;
  readonly toMs: number;
}

/**
 * To be called last in its transaction: it holds up whoever wants to seal hours until that transaction ends.
 * @throws OlderThanKept
 */
export async function markPollsDue(client: PoolClient, polls: ChangedPolls): Promise<void> {
  let earliestMs = Infinity;
  for (let i = 0; i < polls.count; i++) earliestMs = Math.min(earliestMs, polls.polledAtMs[i]);
  const sealedToMs = await holdSealed(client, earliestMs);
  if (sealedToMs !== null) await insertDue(client, dueOfPolls(polls, sealedToMs), true);
}

/**
 * The same for a new partition of polls: all of a store's polls from its first to its last in there are new, and so is the
 * status of each moment in between. Whether the week is kept was looked at when the partition was created.
 */
export async function markFilledDue(client: PoolClient, partition: string): Promise<void> {
  const sealedToMs = await holdSealed(client, Infinity);
  if (sealedToMs === null) return;
  await client.query(
    `insert into rollup_due (store_id, from_at, to_at, until_next_poll)
     select store_id, min(polled_at), max(polled_at), true from ${partition} where polled_at < $1 group by store_id`,
    [formatInstant(sealedToMs)],
  );
}

/** Until the transaction ends, hours stay sealed as far as is answered, and no further; and polls kept from when they are. */
async function holdSealed(client: PoolClient, earliestMs: number): Promise<number | null> {
  await client.query('select pg_advisory_xact_lock_shared($1)', [Lock.seal]);
  const { rows } = await client.query(
    `select ${epochMs('sealed_to')} as sealed_to, ${epochMs('polls_from')} as polls_from from rollup_state`,
  );
  if (earliestMs < rows[0].polls_from) throw new OlderThanKept(rows[0].polls_from);
  return rows[0].sealed_to;
}

export async function markCalendarsDue(client: PoolClient, changes: readonly ChangedTime[]): Promise<void> {
  await insertDue(client, changes, false);
}

/** So many at once that nobody waits long for this process, nor this one for the database. */
const ENTRIES_PER_INSERT = 1_000;

async function insertDue(client: PoolClient, due: Iterable<ChangedTime>, untilNextPoll: boolean): Promise<void> {
  let some: ChangedTime[] = [];
  for (const entry of due) {
    if (some.push(entry) < ENTRIES_PER_INSERT) continue;
    await insertSome(client, some, untilNextPoll);
    some = [];
  }
  if (some.length > 0) await insertSome(client, some, untilNextPoll);
}

async function insertSome(client: PoolClient, due: readonly ChangedTime[], untilNextPoll: boolean): Promise<void> {
  await client.query(
    `insert into rollup_due (store_id, from_at, to_at, until_next_poll)
     select store_id, from_at, to_at, $4
     from unnest($1::integer[], $2::timestamptz[], $3::timestamptz[]) as due (store_id, from_at, to_at)`,
    [
      due.map((d) => d.storeId),
      due.map((d) => timestampText(d.fromMs)),
      due.map((d) => timestampText(d.toMs)),
      untilNextPoll,
    ],
  );
}

/**
 * Late polls of a store in the same or in neighbouring hours become one entry: their hours are all touched anyway, so
 * nothing more is computed, and a day that arrives late is one row instead of 24.
 */
function* dueOfPolls(polls: ChangedPolls, sealedToMs: number): Generator<ChangedTime> {
  let last: { storeId: number; fromMs: number; toMs: number } | undefined;
  for (let i = 0; i < polls.count; i++) {
    const polledAtMs = polls.polledAtMs[i];
    if (polledAtMs >= sealedToMs || polls.known?.[i] === 1) continue;
    const storeId = polls.storeIds[i];
    if (last?.storeId === storeId && floorToHour(polledAtMs) <= floorToHour(last.toMs) + HOUR_MS) {
      last.toMs = polledAtMs;
    } else {
      if (last) yield last;
      last = { storeId, fromMs: polledAtMs, toMs: polledAtMs };
    }
  }
  if (last) yield last;
}
