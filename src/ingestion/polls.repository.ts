import type { Pool, PoolClient } from 'pg';
import { formatInstant } from '#libs/instant/instant.js';
import { BinaryCopyWriter, readBinary } from '../database/binary-copy.js';
import { keptFrom } from '../database/kept.js';
import type { Partitions } from '../database/partitions.js';
import { DEADLOCK_DETECTED, UNIQUE_VIOLATION, epochMs, sqlState } from '../database/sql.js';
import { inTransaction } from '../database/transaction.js';
import { type ChangedPolls, markFilledDue, markPollsDue } from '../rollups/due.js';
import type { SortedPolls } from './poll-batch.js';
import type { WeekOfPolls } from './polls-by-week.js';

/** Up to here one INSERT is faster than reading what is there and copying the rest. */
const MAX_INSERTED_POLLS = 20_000;

/** From here on COPY of polls that are sure to be new takes less than INSERT: 40 ms instead of 100 for 14,000 of them. */
const MIN_COPIED_POLLS = 1_000;

/** Tries of a bulk write that collides with other writers before it locks them out for the length of one batch. */
const OPTIMISTIC_TRIES = 3;

/** `known` is what ChangedPolls wants of it. */
const Fate = {
  isNew: 0,
  known: 1,
  /** Known as active and now reported inactive at the same instant: inactive wins. */
  overruled: 2,
} as const;

/** The home of status_poll. */
export class PollsRepository {
  constructor(
    private readonly pool: Pool,
    private readonly partitions: Partitions,
  ) {}

  /**
   * Adds polls, durably and idempotently: what is there already stays, and of two statuses at one instant inactive wins.
   * @returns how many polls changed what is known; the others were there
   * @throws OlderThanKept
   */
  async write(polls: SortedPolls): Promise<number> {
    if (polls.count === 0) return 0;
    await this.partitions.ensure('status_poll', polls.polledAtMs.subarray(0, polls.count));
    return this.add(polls);
  }

  /** Their partitions are there. */
  private async add(polls: SortedPolls): Promise<number> {
    if (polls.count <= MAX_INSERTED_POLLS) {
      const added = await this.addIfLater(polls);
      return added ?? this.inWriteTransaction((client) => insertPolls(client, polls));
    }
    for (let tries = 1; ; tries++) {
      try {
        const lockOthersOut = tries > OPTIMISTIC_TRIES;
        return await this.inWriteTransaction((client) => mergePolls(client, polls, lockOthersOut));
      } catch (error) {
        // Somebody else wrote one of these polls after we had looked which ones are there.
        if (sqlState(error) !== UNIQUE_VIOLATION || tries > OPTIMISTIC_TRIES) throw error;
      }
    }
  }

  /**
   * Polls that are all later than every other, as those of the present are: none of them can be there.
   * @returns undefined when they are not, are few, or somebody adds some of them right now: nothing was done then
   */
  private async addIfLater(polls: SortedPolls): Promise<number | undefined> {
    if (polls.count < MIN_COPIED_POLLS) return undefined;
    const latestMs = (await this.extent())?.latestMs ?? -Infinity;
    for (let i = 0; i < polls.count; i++) if (polls.polledAtMs[i] <= latestMs) return undefined;
    try {
      return await this.inWriteTransaction(async (client) => {
        await copyNew(client, 'status_poll', polls);
        return { changes: polls.count, polls };
      });
    } catch (error) {
      // COPY of several weeks does not take its keys in order, as others do.
      if (![UNIQUE_VIOLATION, DEADLOCK_DETECTED].includes(sqlState(error) ?? '')) throw error;
      return undefined;
    }
  }

  /**
   * The same for polls of one week. When it is the first that is heard of that week, its partition is created with them, in
   * one transaction; otherwise each part is one.
   */
  async writeWeek({ startMs, parts }: WeekOfPolls): Promise<number> {
    const filled = await inTransaction(this.pool, (client) =>
      this.partitions.createFilled(client, 'status_poll', startMs, (table) => fill(client, table, parts)),
    );
    if (filled !== undefined) return filled;
    let changed = 0;
    for await (const polls of parts) changed += await this.add(polls);
    return changed;
  }

  private inWriteTransaction(write: (client: PoolClient) => Promise<Written>): Promise<number> {
    return inTransaction(this.pool, async (client) => {
      const { changes, polls } = await write(client);
      if (changes > 0) {
        await extend(client, polls);
        await markPollsDue(client, polls);
      }
      return changes;
    });
  }

  async keptFromMs(): Promise<number> {
    return (await keptFrom(this.pool)).pollsMs;
  }

  /** The first and last instant at which any store was polled, epoch ms; undefined when there are no polls. */
  async extent(): Promise<{ earliestMs: number; latestMs: number } | undefined> {
    const { rows } = await this.pool.query(
      `select ${epochMs('min(earliest)')} as earliest, ${epochMs('max(latest)')} as latest from poll_extent`,
    );
    const { earliest, latest } = rows[0];
    return earliest === null ? undefined : { earliestMs: earliest, latestMs: latest };
  }
}

/** How many polls changed what is known, and which. */
interface Written {
  readonly changes: number;
  readonly polls: ChangedPolls;
}

async function insertPolls(client: PoolClient, polls: SortedPolls): Promise<Written> {
  const columns = <T>(column: ArrayLike<T>): T[] => Array.prototype.slice.call(column, 0, polls.count) as T[];
  const { rows } = await client.query({
    // on Citus, RETURNING may hold no more than columns
    text: `with changed as (
         insert into status_poll (store_id, polled_at, active)
         select store_id, timestamptz 'epoch' + polled_at_ms * interval '1 ms', active = 1
         from unnest($1::integer[], $2::bigint[], $3::smallint[]) as polls (store_id, polled_at_ms, active)
         on conflict (store_id, polled_at) do update set active = false where status_poll.active and not excluded.active
         returning store_id, polled_at)
       select store_id, ${epochMs('polled_at')} as polled_at_ms from changed`,
    values: [columns(polls.storeIds), columns(polls.polledAtMs), columns(polls.active)],
    rowMode: 'array',
  });
  const changed = rows as unknown as [number, number][];
  changed.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  const count = changed.length;
  return {
    changes: count,
    polls: {
      storeIds: changed.map(([storeId]) => storeId),
      polledAtMs: changed.map(([, polledAtMs]) => polledAtMs),
      count,
    },
  };
}

/**
 * The way of millions of rows: read in order what is there, walk both sides together, COPY what is new. No staging
 * table, and none of ON CONFLICT's cost (12 s against 4 s for two million rows). A writer that gets in between makes the
 * COPY fail with UNIQUE_VIOLATION, and nothing was done.
 */
async function mergePolls(client: PoolClient, polls: SortedPolls, lockOthersOut: boolean): Promise<Written> {
  if (lockOthersOut) await client.query('lock table status_poll in share row exclusive mode');
  const fates = await compareWithKnown(client, polls);
  const overruled: number[] = [];
  let fresh = 0;
  for (let i = 0; i < polls.count; i++) {
    if (fates[i] === Fate.isNew) fresh++;
    else if (fates[i] === Fate.overruled) overruled.push(i);
  }
  if (overruled.length > 0) await overrule(client, polls, overruled);
  if (fresh > 0) await copyNew(client, 'status_poll', polls, fates);
  return { changes: fresh + overruled.length, polls: { ...polls, known: fates } };
}

/** Writes polls into a table in which there are none. @returns how many */
async function fill(client: PoolClient, table: string, parts: AsyncIterable<SortedPolls>): Promise<number> {
  let count = 0;
  for await (const polls of parts) {
    await copyNew(client, table, polls);
    await extend(client, polls);
    count += polls.count;
  }
  await markFilledDue(client, table);
  return count;
}

async function compareWithKnown(client: PoolClient, polls: SortedPolls): Promise<Uint8Array> {
  const fates = new Uint8Array(polls.count).fill(Fate.isNew);
  let [firstMs, lastMs] = [Infinity, -Infinity];
  for (let i = 0; i < polls.count; i++) {
    firstMs = Math.min(firstMs, polls.polledAtMs[i]);
    lastMs = Math.max(lastMs, polls.polledAtMs[i]);
  }
  let at = 0;
  await readBinary(
    client,
    `select store_id, polled_at, active from status_poll
     where polled_at between '${formatInstant(firstMs)}' and '${formatInstant(lastMs)}'
       and store_id between ${polls.storeIds[0]} and ${polls.storeIds[polls.count - 1]}
     order by store_id, polled_at`,
    (row) => {
      const storeId = row.int32();
      const polledAtMs = row.timestamp();
      const active = row.boolean();
      while (
        at < polls.count &&
        (polls.storeIds[at] < storeId || (polls.storeIds[at] === storeId && polls.polledAtMs[at] < polledAtMs))
      ) {
        at++;
      }
      if (at < polls.count && polls.storeIds[at] === storeId && polls.polledAtMs[at] === polledAtMs) {
        fates[at] = active && polls.active[at] === 0 ? Fate.overruled : Fate.known;
      }
    },
  );
  return fates;
}

async function overrule(client: PoolClient, polls: SortedPolls, overruled: readonly number[]): Promise<void> {
  await client.query(
    `update status_poll set active = false
     from unnest($1::integer[], $2::timestamptz[]) as overruled (store_id, polled_at)
     where status_poll.store_id = overruled.store_id and status_poll.polled_at = overruled.polled_at`,
    [overruled.map((i) => polls.storeIds[i]), overruled.map((i) => formatInstant(polls.polledAtMs[i]))],
  );
}

/** @param fates without them, all are new */
async function copyNew(client: PoolClient, table: string, polls: SortedPolls, fates?: Uint8Array): Promise<void> {
  const writer = new BinaryCopyWriter(client, `${table} (store_id, polled_at, active)`);
  for (let i = 0; i < polls.count; i++) {
    if (fates && fates[i] !== Fate.isNew) continue;
    writer.row();
    writer.int32(polls.storeIds[i]);
    writer.timestamp(polls.polledAtMs[i]);
    writer.boolean(polls.active[i] === 1);
    if (writer.isFull) await writer.flush();
  }
  await writer.end();
}

async function extend(client: PoolClient, changed: ChangedPolls): Promise<void> {
  let [earliest, latest] = [Infinity, -Infinity];
  for (let i = 0; i < changed.count; i++) {
    if (changed.known?.[i] === Fate.known) continue;
    earliest = Math.min(earliest, changed.polledAtMs[i]);
    latest = Math.max(latest, changed.polledAtMs[i]);
  }
  await client.query('insert into poll_extent (earliest, latest) values ($1, $2)', [
    formatInstant(earliest),
    formatInstant(latest),
  ]);
}
