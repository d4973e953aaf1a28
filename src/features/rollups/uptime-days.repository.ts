import type { PoolClient } from 'pg';
import { DAY_MS, HOUR_MS, floorToDay } from '#libs/instant/instant.js';
import { ByteWriter, readDay } from '#libs/store-day/bytes.js';
import { HourDay, encodeHours } from '#libs/store-day/hour-day.js';
import { observation } from '#libs/store-day/poll-day.js';
import type { HourRows } from '#libs/uptime/hour-rows.js';
import { type BinaryRow, BinaryCopyWriter, readBinary } from '../../platform/database/binary-copy.js';
import { dateText, dayCondition } from '../../platform/database/partitions.js';
import { ALL_STORES, type StoreSet, storeCondition } from '../../platform/database/store-set.js';
import { type StoreDay, byDate } from '../polls/poll-days.js';
import type { CarriedInto } from '../polls/polls-reader.js';
import type { StoreDays } from './store-days.js';

/** The computed hours of a store's days. */
export interface StoreRows {
  readonly days: StoreDays;
  /**
   * Starts at the hour of the store's first poll if that is within the days; ends at the days' end or the watermark.
   */
  readonly rows: HourRows;
}

const COLUMNS =
  'store_id, day, open_ms, up_ms, down_ms, carried_up_ms, carried_down_ms, polls, hour_count, last_polled_at, last_active, hours';

/** Owns the table uptime_day: a row for each store and UTC day since its first poll. */
export class UptimeDaysRepository {
  /**
   * Replaces the rows of these days with the computed ones, as a stream: each `rows` must stay valid only until the
   * next is requested.
   * @returns the number of hours written
   */
  async replace(
    client: PoolClient,
    days: readonly StoreDays[],
    computed: AsyncIterable<StoreRows> | Iterable<StoreRows>,
  ): Promise<number> {
    await deleteDays(client, days);
    const writer = new BinaryCopyWriter(client, `uptime_day (${COLUMNS})`);
    const bytes = new ByteWriter();
    let hours = 0;
    for await (const { days: own, rows } of computed) {
      const firstDayMs = Math.max(own.fromMs, floorToDay(rows.firstHourMs));
      const endMs = rows.firstHourMs + rows.count * HOUR_MS;
      for (let dayMs = firstDayMs; dayMs < endMs; dayMs += DAY_MS) {
        hours += writeDay(writer, bytes, own.storeId, dayMs, rows);
        if (writer.isFull) await writer.flush();
      }
    }
    await writer.end();
    return hours;
  }

  /** Writes rows without hours that only hold the observation carried out of the day. */
  async replaceCarried(client: PoolClient, dayMs: number, carried: ReadonlyMap<number, number>): Promise<void> {
    const days = [...carried.keys()].map((storeId) => ({ storeId, fromMs: dayMs, toMs: dayMs + DAY_MS }));
    const computed = days.map((own) => ({ days: own, rows: carriedRow(dayMs, carried.get(own.storeId)!) }));
    await this.replace(client, days, computed);
  }

  /** The observations in force at the starts of ascending days. Stores without an earlier poll are missing. */
  async carriedInto(
    client: PoolClient,
    daysMs: readonly number[],
    stores: StoreSet = ALL_STORES,
  ): Promise<CarriedInto> {
    const carried = new Map(daysMs.map((dayMs) => [dayMs, new Map<number, number>()]));
    if (daysMs.length === 0) return carried;
    await readBinary(
      client,
      `select day, store_id, last_polled_at, last_active from uptime_day
       where ${dayCondition(daysMs.map((dayMs) => dayMs - DAY_MS))} and ${storeCondition('store_id', stores)}`,
      (row) => carried.get(row.date() + DAY_MS)!.set(row.int32(), observation(row.timestamp(), row.boolean())),
    );
    return carried;
  }

  /** The same for one day per store, by index; NaN: no earlier poll. */
  async carriedIntoEach(client: PoolClient, days: readonly StoreDay[]): Promise<number[]> {
    const carried = new Map<number, ReadonlyMap<number, number>>();
    for (const [dayMs, storeIds] of byDate(days)) {
      carried.set(dayMs, (await this.carriedInto(client, [dayMs], storeIds)).get(dayMs)!);
    }
    return days.map(({ storeId, dayMs }) => carried.get(dayMs)!.get(storeId) ?? NaN);
  }

  /**
   * The sums of whole days `[fromMs, toMs)`, a row for each store with any: open, up, down, carried up and carried down
   * (ms), polls, and the number of hours.
   */
  async readSums(
    client: PoolClient,
    fromMs: number,
    toMs: number,
    stores: StoreSet,
    onStore: (storeId: number, row: BinaryRow) => void,
  ): Promise<void> {
    if (toMs <= fromMs) return;
    await readBinary(
      client,
      `select store_id, ${SUMS} from uptime_day
       where day >= '${dateText(fromMs)}' and day < '${dateText(toMs)}' and ${storeCondition('store_id', stores)} group by store_id`,
      (row) => onStore(row.int32(), row),
    );
  }

  /** The hours of ascending days, in no order. `day` is valid during the call only. */
  async readHours(
    client: PoolClient,
    daysMs: readonly number[],
    stores: StoreSet,
    onDay: (storeId: number, day: HourDay) => void,
  ): Promise<void> {
    if (daysMs.length === 0) return;
    const day = new HourDay();
    await readBinary(
      client,
      `select store_id, day, hours from uptime_day
       where ${dayCondition(daysMs)} and ${storeCondition('store_id', stores)}`,
      (row) => {
        const storeId = row.int32();
        const dayMs = row.date();
        readDay(day, row.bytes(), 'hours', storeId, dayMs);
        onDay(storeId, day);
      },
    );
  }
}

const SUMS = ['open_ms', 'up_ms', 'down_ms', 'carried_up_ms', 'carried_down_ms', 'polls', 'hour_count']
  .map((column) => `sum(${column})::float8`)
  .join(', ');

/** One query per range of days instead of a join with a list: see byDate. */
async function deleteDays(client: PoolClient, days: readonly StoreDays[]): Promise<void> {
  for (const alike of Map.groupBy(days, ({ fromMs, toMs }) => `${fromMs} ${toMs}`).values()) {
    const [{ fromMs, toMs }] = alike;
    await client.query('delete from uptime_day where day >= $1 and day < $2 and store_id = any($3::integer[])', [
      dateText(fromMs),
      dateText(toMs),
      alike.map(({ storeId }) => storeId),
    ]);
  }
}

/** @returns the number of hours in the day */
function writeDay(writer: BinaryCopyWriter, bytes: ByteWriter, storeId: number, dayMs: number, rows: HourRows): number {
  const from = Math.max(0, (dayMs - rows.firstHourMs) / HOUR_MS);
  const to = Math.min(rows.count, (dayMs + DAY_MS - rows.firstHourMs) / HOUR_MS);
  writer.row();
  writer.int32(storeId);
  writer.date(dayMs);
  for (const column of [rows.openMs, rows.upMs, rows.downMs, rows.carriedUpMs, rows.carriedDownMs, rows.polls]) {
    let sum = 0;
    for (let i = from; i < to; i++) sum += column[i];
    writer.int32(sum);
  }
  writer.int16(to - from);
  writer.timestamp(rows.lastPolledAtMs[to - 1]);
  writer.boolean(rows.lastActive[to - 1] === 1);
  encodeHours(bytes, dayMs, rows, from, to);
  writer.bytes(bytes.bytes, bytes.length);
  return to - from;
}

/** The last hour of a day whose hours are past the retention horizon: only the carried observation. */
function carriedRow(dayMs: number, value: number): HourRows {
  const none = new Int32Array(1);
  return {
    firstHourMs: dayMs + DAY_MS - HOUR_MS,
    count: 1,
    openMs: none,
    upMs: none,
    downMs: none,
    carriedUpMs: none,
    carriedDownMs: none,
    polls: none,
    lastPolledAtMs: Float64Array.of(Math.floor(value / 2)),
    lastActive: Uint8Array.of(value % 2),
  };
}
