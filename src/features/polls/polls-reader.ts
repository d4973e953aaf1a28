import type { PoolClient } from 'pg';
import { DAY_MS, floorToDay, formatInstant } from '#libs/instant/instant.js';
import { type Interval, daysOf } from '#libs/intervals/intervals.js';
import { type PollDay, isActive, mergePolls, observation } from '#libs/store-day/poll-day.js';
import { readBinary } from '../../platform/database/binary-copy.js';
import { dayCondition } from '../../platform/database/partitions.js';
import { epochMs } from '../../platform/database/sql.js';
import { ALL_STORES, type StoreSet, storeCondition } from '../../platform/database/store-set.js';
import { GatheredPolls, type PollsByKey } from './gathered-polls.js';
import { readPollDays } from './poll-days.js';

/**
 * Reads polls for computations, merging the head and the sealed days. Keys are database ids of stores; a store without
 * matching polls is missing. Everything is read in the snapshot of `client`.
 */

/** Every poll in `[startMs, endMs)`, and the last one before it, however old. */
export async function readPollsAndLastBefore(
  client: PoolClient,
  time: Interval,
  ids: readonly number[],
): Promise<PollsByKey> {
  const gathered = new GatheredPolls();
  if (ids.length === 0) return gathered;
  const carried = await lastBefore(client, time.startMs, ids);
  const add = (storeId: number): void => {
    const last = carried.get(storeId);
    if (last !== undefined) gathered.addObservation(storeId, last);
    carried.delete(storeId);
  };
  await readEach(client, daysOf(time), ids, 'head and days', (storeId, observations, count) => {
    add(storeId);
    addInside(gathered, storeId, observations, count, time);
  });
  for (const storeId of carried.keys()) add(storeId);
  return gathered;
}

/**
 * By the start of a UTC day and then by store: the observation in force at that instant. Stores without one are
 * missing.
 */
export type CarriedInto = ReadonlyMap<number, ReadonlyMap<number, number>>;

/**
 * Each store's polls in some time ranges, and the last poll before each range.
 * @param times in order, without overlap
 * @param carried for each day on which a range begins
 */
export async function readEdges(
  client: PoolClient,
  times: readonly Interval[],
  carried: CarriedInto,
  stores: StoreSet = ALL_STORES,
  from: Source = 'head and days',
): Promise<PollsByKey> {
  const gathered = new GatheredPolls();
  const edges = times.map((time) => {
    const dayMs = floorToDay(time.startMs);
    return { day: dayMs * 2, start: time.startMs * 2, end: time.endMs * 2, carried: carried.get(dayMs) };
  });
  await readEach(client, times.flatMap(daysOf), stores, from, (storeId, observations, count) => {
    let i = 0;
    for (const { day, start, end, carried: into } of edges) {
      while (i < count && observations[i] < start) i++;
      const last = i > 0 && observations[i - 1] >= day ? observations[i - 1] : into?.get(storeId);
      if (last !== undefined) gathered.addObservation(storeId, last);
      for (; i < count && observations[i] < end; i++) gathered.addObservation(storeId, observations[i]);
    }
  });
  for (const into of new Set(carried.values())) {
    for (const storeId of into.keys()) {
      if (gathered.has(storeId)) continue;
      for (const edge of edges) {
        const last = edge.carried?.get(storeId);
        if (last !== undefined) gathered.addObservation(storeId, last);
      }
    }
  }
  return gathered;
}

/** A time range of a store. */
export interface KeyedTime extends Interval {
  readonly storeId: number;
}

/**
 * For each wanted range, by its index: the store's polls in the range.
 * @param carried by index: the observation before the range; NaN: none
 */
export async function readPollsOf(
  client: PoolClient,
  wanted: readonly KeyedTime[],
  carried?: readonly number[],
  from: Source = 'head and days',
): Promise<PollsByKey> {
  const gathered = new GatheredPolls();
  const time = {
    startMs: Math.min(...wanted.map(({ startMs }) => startMs)),
    endMs: Math.max(...wanted.map(({ endMs }) => endMs)),
  };
  const remaining = Map.groupBy(wanted.keys(), (index) => wanted[index].storeId);
  const addCarried = (index: number): void => {
    if (carried && !Number.isNaN(carried[index])) gathered.addObservation(index, carried[index]);
  };
  await readEach(client, daysOf(time), [...remaining.keys()], from, (storeId, observations, count) => {
    for (const index of remaining.get(storeId)!) {
      addCarried(index);
      addInside(gathered, index, observations, count, wanted[index]);
    }
    remaining.delete(storeId);
  });
  for (const indexes of remaining.values()) for (const index of indexes) addCarried(index);
  return gathered;
}

/** The first step of a search into the past. Each step is twice as long as the one before. */
const FIRST_LOOK_MS = DAY_MS;

/** The last poll before an instant, as an observation. */
export function lastBefore(client: PoolClient, beforeMs: number, ids: readonly number[]): Promise<Map<number, number>> {
  return lookBack(client, beforeMs, ids, (observations, found) => ({
    found: observations.at(-1) ?? found,
    isDone: observations.length > 0,
  }));
}

/**
 * For stores that are inactive at `beforeMs`: the first poll of the current run of inactive polls, as an observation.
 */
export function runStarts(client: PoolClient, beforeMs: number, ids: readonly number[]): Promise<Map<number, number>> {
  return lookBack(client, beforeMs, ids, (observations, found) => {
    const active = observations.findLastIndex(isActive);
    return { found: observations[active + 1] ?? found, isDone: active >= 0 };
  });
}

/**
 * Searches back in time, in steps, until `look` is done with each store or no earlier polls exist.
 * @param look receives the observations of a step and the result of the later steps
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
    const startMs = Math.max(floorToDay(endMs - length), floorToDay(earliestMs));
    await readEach(
      client,
      daysOf({ startMs, endMs }),
      [...remaining],
      'head and days',
      (storeId, observations, count) => {
        const inside = observations.subarray(
          0,
          observations.findLastIndex((value, i) => i < count && value < endMs * 2) + 1,
        );
        const { found: value, isDone } = look(inside, found.get(storeId));
        if (value !== undefined) found.set(storeId, value);
        if (isDone) remaining.delete(storeId);
      },
    );
    endMs = startMs;
  }
  return found;
}

/** A caller that has just folded the head of its stores reads days only. */
type Source = 'head and days' | 'days';

/** Called with the first `count` of the observations, in order of time. They are valid during the call only. */
type OnStore = (storeId: number, observations: Float64Array, count: number) => void;

/** All observations of some whole days, store by store. */
async function readEach(
  client: PoolClient,
  daysMs: readonly number[],
  stores: StoreSet,
  from: Source,
  onStore: OnStore,
): Promise<void> {
  const days = [...new Set(daysMs)].sort((a, b) => a - b);
  if (days.length === 0) return;
  const head = from === 'days' ? new Map<number, number[]>() : await readHead(client, days, stores);
  const own = new OwnPolls();
  let current = NaN;
  const emit = (): void => {
    if (Number.isNaN(current)) return;
    const added = head.size > 0 ? head.get(current) : undefined;
    if (!added) return onStore(current, own.observations, own.count);
    head.delete(current);
    const { observations } = mergePolls(own.observations.subarray(0, own.count), Float64Array.from(added));
    onStore(current, observations, observations.length);
  };
  await readPollDays(
    client,
    `${dayCondition(days)} and ${storeCondition('store_id', stores)}`,
    (storeId, _dayMs, day) => {
      if (storeId !== current) {
        emit();
        own.count = 0;
        current = storeId;
      }
      own.add(day);
    },
  );
  emit();
  for (const [storeId, added] of head) onStore(storeId, Float64Array.from(added), added.length);
}

/** By store, in order of time. */
async function readHead(client: PoolClient, days: readonly number[], stores: StoreSet): Promise<Map<number, number[]>> {
  const head = new Map<number, number[]>();
  const wanted = new Set(days);
  await readBinary(
    client,
    `select store_id, polled_at, active from status_poll
     where polled_at >= '${formatInstant(days[0])}' and polled_at < '${formatInstant(days.at(-1)! + DAY_MS)}'
       and ${storeCondition('store_id', stores)}
     order by store_id, polled_at`,
    (row) => {
      const storeId = row.int32();
      const ms = row.timestamp();
      const value = observation(ms, row.boolean());
      if (!wanted.has(floorToDay(ms))) return;
      const own = head.get(storeId);
      if (own) own.push(value);
      else head.set(storeId, [value]);
    },
  );
  return head;
}

/** The observations of one store, in a buffer that is reused for the next one. */
class OwnPolls {
  observations = new Float64Array(1_024);
  count = 0;

  add(day: PollDay): void {
    if (this.count + day.count > this.observations.length) {
      const larger = new Float64Array(2 * (this.count + day.count));
      larger.set(this.observations);
      this.observations = larger;
    }
    for (let i = 0; i < day.count; i++) this.observations[this.count++] = day.observations[i];
  }
}

function addInside(
  gathered: GatheredPolls,
  key: number,
  observations: Float64Array,
  count: number,
  { startMs, endMs }: Interval,
): void {
  let i = 0;
  while (i < count && observations[i] < startMs * 2) i++;
  for (; i < count && observations[i] < endMs * 2; i++) gathered.addObservation(key, observations[i]);
}
