import type { PoolClient } from 'pg';
import { DAY_MS, formatInstant } from '#libs/instant/instant.js';
import type { Interval } from '#libs/intervals/intervals.js';
import { dayOf } from '#libs/store-day/hour-day.js';
import { type PollDay, instantOf, isActive, mergePolls, observation } from '#libs/store-day/poll-day.js';
import { readBinary } from '../database/binary-copy.js';
import { dateText } from '../database/partitions.js';
import { epochMs } from '../database/sql.js';
import { ALL_STORES, type StoreSet, storeCondition } from '../database/store-set.js';
import { GatheredPolls, type PollsByKey } from './gathered-polls.js';
import { readPollDays } from './poll-days.repository.js';

/**
 * Reads polls for whoever computes from them, head and days as one. Keys are database ids of stores; a store without such polls
 * is missing. All of it in the snapshot of `client`.
 */

/** Every poll in `[startMs, endMs)`. */
export async function readPolls(
  client: PoolClient,
  time: Interval,
  stores: StoreSet = ALL_STORES,
): Promise<PollsByKey> {
  const gathered = new GatheredPolls();
  if (time.endMs > time.startMs) {
    await readEach(client, time, stores, (storeId, observations) => addInside(gathered, storeId, observations, time));
  }
  return gathered;
}

/** The same with the last poll before it, looking back as far as it takes. */
export async function readPollsAndLastBefore(
  client: PoolClient,
  time: Interval,
  ids: readonly number[],
): Promise<PollsByKey> {
  const gathered = new GatheredPolls();
  if (ids.length === 0) return gathered;
  const carried = await lastBefore(client, time.startMs, ids);
  const polls = await readPolls(client, time, ids);
  for (const id of ids) {
    const last = carried.get(id);
    if (last !== undefined) gathered.add(id, instantOf(last), isActive(last));
    const own = polls.get(id);
    for (let i = 0; own && i < own.count; i++) gathered.add(id, own.polledAtMs[i], own.active[i] === 1);
  }
  return gathered;
}

/**
 * The polls of some times of each store, and the last one before each of these times.
 * @param carried for each UTC day on which a time begins: by store, the observation in force at the day's start
 */
export async function readEdges(
  client: PoolClient,
  times: readonly Interval[],
  carried: ReadonlyMap<number, ReadonlyMap<number, number>>,
  stores: StoreSet = ALL_STORES,
): Promise<PollsByKey> {
  const gathered = new GatheredPolls();
  const byStore = new Map<number, number[]>();
  const of = (storeId: number): number[] => {
    let own = byStore.get(storeId);
    if (!own) byStore.set(storeId, (own = []));
    return own;
  };
  for (const time of times) {
    const day = { startMs: dayOf(time.startMs), endMs: time.endMs };
    const before = new Map(carried.get(day.startMs));
    await readEach(client, day, stores, (storeId, observations) => {
      const own = of(storeId);
      let i = 0;
      let last = before.get(storeId);
      while (i < observations.length && observations[i] < time.startMs * 2) last = observations[i++];
      before.delete(storeId);
      if (last !== undefined) own.push(last);
      while (i < observations.length && observations[i] < time.endMs * 2) own.push(observations[i++]);
    });
    for (const [storeId, last] of before) of(storeId).push(last);
  }
  for (const [storeId, observations] of byStore) {
    observations.sort((a, b) => a - b);
    for (const value of observations) gathered.add(storeId, instantOf(value), isActive(value));
  }
  return gathered;
}

/** A time of a store, by some number. */
export interface KeyedTime extends Interval {
  readonly storeId: number;
}

/** For each of these, by its place in the list: the polls of its store in its time. */
export async function readPollsOf(client: PoolClient, wanted: readonly KeyedTime[]): Promise<PollsByKey> {
  const time = {
    startMs: Math.min(...wanted.map(({ startMs }) => startMs)),
    endMs: Math.max(...wanted.map(({ endMs }) => endMs)),
  };
  const places = Map.groupBy(wanted.keys(), (place) => wanted[place].storeId);
  const gathered = new GatheredPolls();
  await readEach(client, time, [...places.keys()], (storeId, observations) => {
    for (const place of places.get(storeId)!) addInside(gathered, place, observations, wanted[place]);
  });
  return gathered;
}

/** How far back a poll is looked for at first, and then twice as far, again and again. */
const FIRST_LOOK_MS = DAY_MS;

/** The last poll before an instant, as an observation. */
export function lastBefore(client: PoolClient, beforeMs: number, ids: readonly number[]): Promise<Map<number, number>> {
  return lookBack(client, beforeMs, ids, (observations, found) => ({
    found: observations.at(-1) ?? found,
    isDone: observations.length > 0,
  }));
}

/** For stores that are inactive at `beforeMs`: the first poll of the run of inactive polls that is in force there, as an observation. */
export function runStarts(client: PoolClient, beforeMs: number, ids: readonly number[]): Promise<Map<number, number>> {
  return lookBack(client, beforeMs, ids, (observations, found) => {
    const active = observations.findLastIndex(isActive);
    return { found: observations[active + 1] ?? found, isDone: active >= 0 };
  });
}

/**
 * Goes back in time, in steps, until `look` has found what it wants of each store, or there are no polls before.
 * @param look is given the observations of a step, and what it found in the later ones
 */
async function lookBack(
  client: PoolClient,
  beforeMs: number,
  ids: readonly number[],
  look: (observations: Float64Array, found: number | undefined) => { found: number | undefined; isDone: boolean },
): Promise<Map<number, number>> {
  const found = new Map<number, number>();
  if (ids.length === 0) return found;
  const { rows: extent } = await client.query(`select ${epochMs('min(earliest)')} as earliest from poll_extent`);
  const earliestMs: number = extent[0].earliest ?? beforeMs;
  const remaining = new Set(ids);
  for (let endMs = beforeMs, length = FIRST_LOOK_MS; remaining.size > 0 && endMs > earliestMs; length *= 2) {
    const startMs = Math.max(dayOf(endMs - length), dayOf(earliestMs));
    await readEach(client, { startMs, endMs }, [...remaining], (storeId, observations) => {
      const inside = observations.subarray(0, observations.findLastIndex((value) => value < endMs * 2) + 1);
      const { found: value, isDone } = look(inside, found.get(storeId));
      if (value !== undefined) found.set(storeId, value);
      if (isDone) remaining.delete(storeId);
    });
    endMs = startMs;
  }
  return found;
}

/** All observations of whole days that a time touches, of one store after the other; good for that call only. */
async function readEach(
  client: PoolClient,
  { startMs, endMs }: Interval,
  stores: StoreSet,
  onStore: (storeId: number, observations: Float64Array) => void,
): Promise<void> {
  const [fromDayMs, toDayMs] = [dayOf(startMs), dayOf(endMs - 1)];
  const head = await readHead(client, fromDayMs, endMs, stores);
  const own = new OwnPolls();
  let current = NaN;
  const emit = (): void => {
    if (Number.isNaN(current)) return;
    const added = head.get(current);
    head.delete(current);
    onStore(current, added ? mergePolls(own.all, Float64Array.from(added)).observations : own.all);
  };
  await readPollDays(
    client,
    `day between '${dateText(fromDayMs)}' and '${dateText(toDayMs)}' and ${storeCondition('store_id', stores)}`,
    (storeId, _dayMs, day) => {
      if (storeId !== current) {
        emit();
        own.clear();
        current = storeId;
      }
      own.add(day);
    },
  );
  emit();
  for (const [storeId, observations] of head) onStore(storeId, Float64Array.from(observations));
}

/** By store, in order of time. */
async function readHead(
  client: PoolClient,
  fromMs: number,
  toMs: number,
  stores: StoreSet,
): Promise<Map<number, number[]>> {
  const head = new Map<number, number[]>();
  await readBinary(
    client,
    `select store_id, polled_at, active from status_poll
     where polled_at >= '${formatInstant(fromMs)}' and polled_at < '${formatInstant(toMs)}' and ${storeCondition('store_id', stores)}
     order by store_id, polled_at`,
    (row) => {
      const storeId = row.int32();
      const value = observation(row.timestamp(), row.boolean());
      const own = head.get(storeId);
      if (own) own.push(value);
      else head.set(storeId, [value]);
    },
  );
  return head;
}

/** The observations of one store, in memory that serves the next one as well. */
class OwnPolls {
  private values = new Float64Array(1_024);
  private count = 0;

  get all(): Float64Array {
    return this.values.subarray(0, this.count);
  }

  clear(): void {
    this.count = 0;
  }

  add({ observations, count }: PollDay): void {
    if (this.count + count > this.values.length) {
      const larger = new Float64Array(2 * (this.count + count));
      larger.set(this.values);
      this.values = larger;
    }
    this.values.set(observations.subarray(0, count), this.count);
    this.count += count;
  }
}

function addInside(
  gathered: GatheredPolls,
  key: number,
  observations: Float64Array,
  { startMs, endMs }: Interval,
): void {
  for (const value of observations) {
    const ms = instantOf(value);
    if (ms >= startMs && ms < endMs) gathered.add(key, ms, isActive(value));
  }
}
