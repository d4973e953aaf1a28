import type { PoolClient } from 'pg';
import { DAY_MS } from '#libs/instant/instant.js';
import { ByteWriter, DamagedDay, type Piece, wholeOf } from '#libs/store-day/bytes.js';
import { PollDay, encodePolls } from '#libs/store-day/poll-day.js';
import { BinaryCopyWriter, readBinary } from '../database/binary-copy.js';
import { dateText } from '../database/partitions.js';

/** A store's UTC day, by the store's database id and the epoch ms of the day's start. */
export interface StoreDay {
  readonly storeId: number;
  readonly dayMs: number;
}

/** The observations of a store's day, strictly ascending in time. */
export interface PollsOfDay extends StoreDay {
  readonly observations: Float64Array;
}

/** The SQL of status_day. */

/**
 * Reads days in order of store and time.
 * @param condition on store_id and day, with its values inside
 * @param onDay     `day` is good for that call only
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
      decode(day, row.bytes(), storeId, dayMs);
      onDay(storeId, dayMs, day);
    },
  );
}

/** Those of the days that are there, by no order. */
export async function findPollDays(client: PoolClient, days: readonly StoreDay[]): Promise<PollsOfDay[]> {
  if (days.length === 0) return [];
  const { rows } = await client.query({
    text: `select store_id, day - date '1970-01-01', polls from status_day
      join unnest($1::integer[], $2::date[]) as wanted (store_id, day) using (store_id, day)
      where day >= $3 and day <= $4`,
    values: columnsOf(days),
    rowMode: 'array',
  });
  const day = new PollDay();
  return (rows as unknown as [number, number, Buffer][]).map(([storeId, number, bytes]) => {
    const dayMs = number * DAY_MS;
    decode(day, wholeOf(bytes), storeId, dayMs);
    return { storeId, dayMs, observations: day.observations.slice(0, day.count) };
  });
}

/** For each of these, by place: the first day from then on that has polls; Infinity: none. */
export async function nextPollDays(client: PoolClient, days: readonly StoreDay[]): Promise<number[]> {
  const found = days.map(() => Infinity);
  if (days.length === 0) return found;
  const [storeIds, dates, firstDate] = columnsOf(days);
  const { rows } = await client.query({
    text: `select place, min(day) - date '1970-01-01' from status_day
      join unnest($1::integer[], $2::integer[], $3::date[]) as wanted (place, store_id, from_day) using (store_id)
      where day >= from_day and day >= $4 group by store_id, place`,
    values: [[...days.keys()], storeIds, dates, firstDate],
    rowMode: 'array',
  });
  for (const [place, number] of rows as unknown as [number, number][]) found[place] = number * DAY_MS;
  return found;
}

/** A date at a time: whatever the planner believes of a partition that is new, each of these is one pass over it or its key. */
export async function deletePollDays(client: PoolClient, days: readonly StoreDay[]): Promise<void> {
  for (const [dayMs, own] of Map.groupBy(days, (day) => day.dayMs)) {
    await client.query('delete from status_day where day = $1 and store_id = any($2::integer[])', [
      dateText(dayMs),
      own.map(({ storeId }) => storeId),
    ]);
  }
}

/** Writes days that are not there. */
export class PollDayWriter {
  private readonly copy: BinaryCopyWriter;
  private readonly bytes = new ByteWriter();

  constructor(client: PoolClient, table = 'status_day') {
    this.copy = new BinaryCopyWriter(client, `${table} (store_id, day, polls)`);
  }

  /** @param observations of which those from index `from` to before `to` are of the day */
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

/** The bounds say which partitions can be left out. */
function columnsOf(days: readonly StoreDay[]): [number[], string[], string, string] {
  let [firstMs, lastMs] = [Infinity, -Infinity];
  for (const { dayMs } of days) {
    firstMs = Math.min(firstMs, dayMs);
    lastMs = Math.max(lastMs, dayMs);
  }
  return [
    days.map(({ storeId }) => storeId),
    days.map(({ dayMs }) => dateText(dayMs)),
    dateText(firstMs),
    dateText(lastMs),
  ];
}

function decode(day: PollDay, piece: Piece, storeId: number, dayMs: number): void {
  try {
    day.read(piece, dayMs);
  } catch (error) {
    if (!(error instanceof DamagedDay)) throw error;
    throw new DamagedDay(
      `The polls of ${dateText(dayMs)} of store ${storeId} (store.id) are damaged: ${error.message}.`,
    );
  }
}
