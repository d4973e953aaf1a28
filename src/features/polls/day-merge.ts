import type { PoolClient } from 'pg';
import { DAY_MS, floorToDay, formatInstant } from '#libs/instant/instant.js';
import { type Merged, mergePolls, observation } from '#libs/store-day/poll-day.js';
import { readBinary } from '../../platform/database/binary-copy.js';
import { dateText } from '../../platform/database/partitions.js';
import type { BlockLayout } from '../../platform/database/block-layout.js';
import { type StoreSet, storeCondition } from '../../platform/database/store-set.js';
import type { ChangedTime } from '../../platform/database/invalidations.js';
import type { SortedPolls } from './poll-batch.js';
import { PollDayWriter, type StoreDay, deletePollDays, readPollDays } from './poll-days.js';

/** The polls to add to a store's day: those at `[from, to)`. */
interface AddedDay extends StoreDay {
  readonly from: number;
  readonly to: number;
  /** Whether the day already has a row. */
  isThere: boolean;
  /** The day's content after the merge; undefined: the added polls alone. */
  observations?: Float64Array;
  /** How many of the added polls are new or change a known status. */
  changes: number;
}

const NONE = new Float64Array();

/**
 * A day without rows. Citus (13.2) does not prepare a connection for the commit whose only change is a COPY of a shard
 * that the transaction has read before. When that connection breaks, the commit is reported as done, and the rows are
 * lost. So something is always deleted first.
 */
const NEVER_MS = 0;

/** Merges polls of one block of stores into their days. */
export class DayMerge {
  readonly firstMs: number;
  readonly lastMs: number;
  /** After `readKnown`: the changed times, by store and time. */
  readonly changed: ChangedTime[] = [];
  changes = 0;
  private readonly added: Float64Array;
  private readonly days: AddedDay[] = [];
  private readonly stores: StoreSet;

  /** @param polls all of one block */
  constructor(polls: SortedPolls, layout: BlockLayout) {
    const { count } = polls;
    this.added = new Float64Array(count);
    let [firstMs, lastMs] = [Infinity, -Infinity];
    for (let i = 0; i < count;) {
      const storeId = polls.storeIds[i];
      const dayMs = floorToDay(polls.polledAtMs[i]);
      const from = i;
      firstMs = Math.min(firstMs, polls.polledAtMs[i]);
      for (; i < count && polls.storeIds[i] === storeId && polls.polledAtMs[i] < dayMs + DAY_MS; i++) {
        this.added[i] = observation(polls.polledAtMs[i], polls.active[i] === 1);
      }
      lastMs = Math.max(lastMs, polls.polledAtMs[i - 1]);
      this.days.push({ storeId, dayMs, from, to: i, isThere: false, changes: i - from });
    }
    [this.firstMs, this.lastMs] = [firstMs, lastMs];
    this.stores = layout.spanOf(storesOf(this.days));
  }

  get datesMs(): Set<number> {
    return new Set(this.days.map(({ dayMs }) => dayMs));
  }

  /** Compares the polls with the head and the days. */
  async readKnown(client: PoolClient): Promise<void> {
    const head = await this.readHead(client);
    let next = 0;
    const isBefore = (day: StoreDay, storeId: number, dayMs: number): boolean =>
      day.storeId < storeId || (day.storeId === storeId && day.dayMs < dayMs);
    await readPollDays(
      client,
      `${storeCondition('store_id', this.stores)}
       and day between '${dateText(floorToDay(this.firstMs))}' and '${dateText(floorToDay(this.lastMs))}'`,
      (storeId, dayMs, known) => {
        while (next < this.days.length && isBefore(this.days[next], storeId, dayMs)) next++;
        const day = this.days[next];
        if (day?.storeId !== storeId || day.dayMs !== dayMs) return;
        day.isThere = true;
        this.compare(day, mergePolls(known.observations.subarray(0, known.count), this.of(day)), head);
      },
    );
    for (const day of this.days) {
      if (!day.isThere && head.has(day.storeId)) this.compare(day, mergePolls(NONE, this.of(day)), head);
      else if (!day.isThere) this.note(day, this.added[day.from], this.added[day.to - 1]);
    }
    this.changed.sort((a, b) => a.storeId - b.storeId || a.fromMs - b.fromMs);
  }

  /** Writes the changed days. */
  async write(client: PoolClient): Promise<void> {
    const replaced: StoreDay[] = this.days.filter(({ isThere, changes }) => isThere && changes > 0);
    if (replaced.length === 0) replaced.push({ storeId: this.days[0].storeId, dayMs: NEVER_MS });
    await deletePollDays(client, replaced);
    const writer = new PollDayWriter(client);
    for (const { storeId, dayMs, from, to, changes, observations } of this.days) {
      if (changes === 0) continue;
      if (observations) writer.add(storeId, dayMs, observations, 0, observations.length);
      else writer.add(storeId, dayMs, this.added, from, to);
      if (writer.isFull) await writer.flush();
    }
    await writer.end();
  }

  private of({ from, to }: AddedDay): Float64Array {
    return this.added.subarray(from, to);
  }

  /** @param merged the day's row with the added polls; a poll that only the head has counts as known too */
  private compare(day: AddedDay, merged: Merged, head: ReadonlyMap<number, Float64Array>): void {
    const own = head.get(day.storeId);
    const inHead = own && mergePolls(own, this.of(day)).changed;
    let [first, last] = [NaN, NaN];
    day.changes = 0;
    for (let i = 0; i < merged.changed.length; i++) {
      if (merged.changed[i] === 0 || inHead?.[i] === 0) continue;
      if (day.changes++ === 0) first = this.added[day.from + i];
      last = this.added[day.from + i];
    }
    day.observations = merged.observations;
    if (day.changes > 0) this.note(day, first, last);
  }

  private note(day: AddedDay, first: number, last: number): void {
    this.changes += day.changes;
    this.changed.push({ storeId: day.storeId, fromMs: Math.floor(first / 2), toMs: Math.floor(last / 2) });
  }

  /** The head's polls in that time, by store: few or none. */
  private async readHead(client: PoolClient): Promise<Map<number, Float64Array>> {
    const polls = new Map<number, number[]>();
    await readBinary(
      client,
      `select store_id, polled_at, active from status_poll
       where ${storeCondition('store_id', this.stores)}
         and polled_at between '${formatInstant(this.firstMs)}' and '${formatInstant(this.lastMs)}'
       order by store_id, polled_at`,
      (row) => {
        const storeId = row.int32();
        const value = observation(row.timestamp(), row.boolean());
        const own = polls.get(storeId);
        if (own) own.push(value);
        else polls.set(storeId, [value]);
      },
    );
    return new Map([...polls].map(([storeId, values]) => [storeId, Float64Array.from(values)]));
  }
}

/** @param days ascending by store */
const storesOf = (days: readonly StoreDay[]): number[] => [...new Set(days.map(({ storeId }) => storeId))];
