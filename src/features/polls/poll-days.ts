import type { PoolClient } from 'pg';
import { DAY_MS } from '#libs/instant/instant.js';
import { ByteWriter, readDay } from '#libs/store-day/bytes.js';
import { PollDay, encodePolls } from '#libs/store-day/poll-day.js';
import { BinaryCopyWriter, readBinary } from '../../platform/database/binary-copy.js';
import { dateText, dayCondition } from '../../platform/database/partitions.js';
import { storeCondition } from '../../platform/database/store-set.js';

/** A store's UTC day: the store's database id and the day's start in epoch ms. */
export interface StoreDay {
  readonly storeId: number;
  readonly dayMs: number;
}

/** The observations of a store's day, strictly ascending in time. */
export interface PollsOfDay extends StoreDay {
  readonly observations: Float64Array;
}

/**
 * Reads days in order of store and time.
 * @param condition SQL on store_id and day, values included
 * @param onDay `day` is valid during the call only
 * @throws DamagedDay naming store and day
 */
export async function readPollDays(
  client: PoolClient,
  condition: string,
  onDay: (storeId: number, dayMs: number, day: PollDay) => void,
): Promise<void> {
  const day = new PollDay();
  await readBinary(
    client,
    `select store_id, day, polls from status_day where ${condition} order by store_id, day`,
    (row) => {
      const storeId = row.int32();
      const dayMs = row.date();
      readDay(day, row.bytes(), 'polls', storeId, dayMs);
      onDay(storeId, dayMs, day);
    },
  );
}

/** The days among these that exist. */
export async function findPollDays(client: PoolClient, days: readonly StoreDay[]): Promise<PollsOfDay[]> {
  const found: PollsOfDay[] = [];
  for (const [date, storeIds] of byDate(days)) {
    await readPollDays(
      client,
      `${dayCondition([date])} and ${storeCondition('store_id', storeIds)}`,
      (storeId, dayMs, { observations, count }) => {
        found.push({ storeId, dayMs, observations: observations.slice(0, count) });
      },
    );
  }
  return found;
}

/** For each of these, by index: the first day from then on that has polls; Infinity: none. */
export async function nextPollDays(client: PoolClient, days: readonly StoreDay[]): Promise<number[]> {
  const next = new Map<string, number>();
  for (const [date, storeIds] of byDate(days)) {
    const { rows } = await client.query({
      text: `select store_id, min(day) - date '1970-01-01' from status_day
        where day >= $1 and store_id = any($2::integer[]) group by store_id`,
      values: [dateText(date), storeIds],
      rowMode: 'array',
    });
    for (const [storeId, number] of rows as unknown as [number, number][]) {
      next.set(`${storeId} ${date}`, number * DAY_MS);
    }
  }
  return days.map(({ storeId, dayMs }) => next.get(`${storeId} ${dayMs}`) ?? Infinity);
}

export async function deletePollDays(client: PoolClient, days: readonly StoreDay[]): Promise<void> {
  for (const [date, storeIds] of byDate(days)) {
    await client.query('delete from status_day where day = $1 and store_id = any($2::integer[])', [
      dateText(date),
      storeIds,
    ]);
  }
}

/**
 * The stores of each date, for one query per date. That query is one pass over the partition or its key, whatever the
 * planner assumes about a new, unanalysed partition. A join with a list of days may become one pass for each day.
 */
export function* byDate(days: readonly StoreDay[]): Generator<[dayMs: number, storeIds: number[]]> {
  for (const [dayMs, own] of Map.groupBy(days, (day) => day.dayMs)) yield [dayMs, own.map(({ storeId }) => storeId)];
}

/** Writes new days; they must not exist yet. */
export class PollDayWriter {
  private readonly copy: BinaryCopyWriter;
  private readonly bytes = new ByteWriter();

  constructor(client: PoolClient, table = 'status_day') {
    this.copy = new BinaryCopyWriter(client, `${table} (store_id, day, polls)`);
  }

  /** @param observations those at `[from, to)` are the day's */
  add(storeId: number, dayMs: number, observations: ArrayLike<number>, from: number, to: number): void {
    this.copy.row();
    this.copy.int32(storeId);
    this.copy.date(dayMs);
    encodePolls(this.bytes, dayMs, observations, from, to);
    this.copy.bytes(this.bytes.bytes, this.bytes.length);
  }

  get isFull(): boolean {
    return this.copy.isFull;
  }

  flush(): Promise<void> {
    return this.copy.flush();
  }

  end(): Promise<void> {
    return this.copy.end();
  }
}
