import type { Pool, PoolClient } from 'pg';
import { DAY_MS, HOUR_MS, formatInstant } from '#libs/instant/instant.js';
import type { HourRows } from '#libs/uptime/hour-rows.js';
import { BinaryCopyWriter, readBinary } from '../database/binary-copy.js';
import { epochMs } from '../database/sql.js';
import { type StoreHours, type Stretch, extentOf, isBand } from './store-hours.js';

/** What was computed of a stretch. */
export interface StoreRows {
  readonly stretch: StoreHours;
  /** From the hour of the store's first poll on, if that lies in the stretch; to its end. */
  readonly rows: HourRows;
}

/** One walk along the primary keys, in place of a look-up for each store: a third of the time for a first roll-up. */
async function readBand(
  client: PoolClient,
  hours: readonly StoreHours[],
  onPoll: (stretch: number, polledAtMs: number, active: boolean) => void,
): Promise<void> {
  const [{ storeId: firstId, fromMs, toMs }, { storeId: lastId }] = [hours[0], hours.at(-1)!];
  let stretch = 0;
  await readBinary(
    client,
    `select * from (
       select store_id, polled_at, active from status_poll
       where store_id between ${firstId} and ${lastId}
         and polled_at >= '${formatInstant(fromMs)}' and polled_at < '${formatInstant(toMs)}'
       union all
       select store_id, last_polled_at, last_active from uptime_hour
       where store_id between ${firstId} and ${lastId} and hour = '${formatInstant(fromMs - HOUR_MS)}') as polls
     order by 1, 2`,
    (row) => {
      const storeId = row.int32();
      while (hours[stretch].storeId < storeId) stretch++;
      if (hours[stretch].storeId === storeId) onPoll(stretch, row.timestamp(), row.boolean());
    },
  );
}

/** The home of uptime_hour and uptime_day. */
export class HoursRepository {
  /**
   * The polls of the given stretches of hours, and before them the poll whose status is carried into each.
   * @param onPoll called with the index of the stretch; ascending by it and then by time
   */
  async readPolls(
    client: PoolClient,
    hours: readonly StoreHours[],
    onPoll: (stretch: number, polledAtMs: number, active: boolean) => void,
  ): Promise<void> {
    if (isBand(hours)) return readBand(client, hours, onPoll);
    const { fromMs, toMs } = extentOf(hours);
    const values = hours.map(
      (h, index) =>
        `(${index},${h.storeId},timestamptz '${formatInstant(h.fromMs)}',timestamptz '${formatInstant(h.toMs)}')`,
    );
    // The constant bounds say which partitions can be left out.
    await readBinary(
      client,
      `with wanted (stretch, store_id, from_at, to_at) as (values ${values.join(',')})
       select stretch, polled_at, active from (
         select status_poll.store_id, stretch, polled_at, active
         from wanted join status_poll on status_poll.store_id = wanted.store_id
           and polled_at >= from_at and polled_at < to_at
         where polled_at >= '${formatInstant(fromMs)}' and polled_at < '${formatInstant(toMs)}'
         union all
         select uptime_hour.store_id, stretch, last_polled_at, last_active
         from wanted join uptime_hour on uptime_hour.store_id = wanted.store_id and hour = from_at - interval '1 hour'
         where hour >= '${formatInstant(fromMs - HOUR_MS)}' and hour < '${formatInstant(toMs)}') as polls
       order by 1, 2`,
      (row) => onPoll(row.int32(), row.timestamp(), row.boolean()),
    );
  }

  async deleteHours(client: PoolClient, hours: readonly StoreHours[]): Promise<void> {
    if (isBand(hours)) {
      await client.query(
        'delete from uptime_hour where hour = any($1::timestamptz[]) and store_id = any($2::integer[])',
        [hoursOf(hours[0]).map(formatInstant), hours.map(({ storeId }) => storeId)],
      );
      return;
    }
    // Each hour by itself: of a series of hours the planner knows no length, and it looked through whole partitions.
    const pairs = hours.flatMap((stretch) => hoursOf(stretch).map((hourMs) => ({ storeId: stretch.storeId, hourMs })));
    await client.query(
      `delete from uptime_hour using unnest($1::integer[], $2::float8[]) as gone (store_id, hour_s)
       where uptime_hour.store_id = gone.store_id and uptime_hour.hour = to_timestamp(gone.hour_s)
         and uptime_hour.hour >= $3 and uptime_hour.hour < $4`,
      [
        pairs.map(({ storeId }) => storeId),
        pairs.map(({ hourMs }) => hourMs / 1_000),
        formatInstant(extentOf(hours).fromMs),
        formatInstant(extentOf(hours).toMs),
      ],
    );
  }

  /** Writes the row of the hour before `toMs`, as far as it says which poll is in force at its end, from the polls. */
  async writeCarried(client: PoolClient, storeIds: readonly number[], toMs: number): Promise<void> {
    const [hour, to] = [formatInstant(toMs - HOUR_MS), formatInstant(toMs)];
    await client.query('delete from uptime_hour where hour = $1 and store_id = any($2::integer[])', [hour, storeIds]);
    await client.query(
      `insert into uptime_hour (store_id, hour, open_ms, up_ms, down_ms, carried_up_ms, carried_down_ms, polls,
         last_polled_at, last_active)
       select store_id, $1::timestamptz, 0, 0, 0, 0, 0, 0, polled_at, active from (
         select distinct on (store_id) store_id, polled_at, active from status_poll
         where store_id = any($2::integer[]) and polled_at < $3
         order by store_id, polled_at desc) as last`,
      [hour, storeIds, to],
    );
  }

  /** Removes the sums of a day of all stores. @returns false: there is no day before `toMs` any more */
  async removeDayBefore(pool: Pool, toMs: number): Promise<boolean> {
    const { rows } = await pool.query(`select ${epochMs('min(day)')} as "dayMs" from uptime_day where day < $1`, [
      formatInstant(toMs),
    ]);
    const { dayMs } = rows[0] as { dayMs: number | null };
    if (dayMs === null) return false;
    await pool.query('delete from uptime_day where day = $1', [formatInstant(dayMs)]);
    return true;
  }

  /**
   * Writes the rows of stores, hour by hour: so an hour of all stores lies together, in the table as in its key.
   * @param table that, or a partition that is not part of it yet
   * @returns how many
   */
  async writeHours(client: PoolClient, computed: readonly StoreRows[], table = 'uptime_hour'): Promise<number> {
    const writer = new BinaryCopyWriter(
      client,
      `${table} (store_id, hour, open_ms, up_ms, down_ms, carried_up_ms, carried_down_ms, polls, last_polled_at, last_active)`,
    );
    const { fromMs, toMs } = extentOf(computed.map(({ rows }) => hoursOfRows(rows)));
    let written = 0;
    for (let hourMs = fromMs; hourMs < toMs; hourMs += HOUR_MS) {
      for (const { stretch, rows } of computed) {
        const i = (hourMs - rows.firstHourMs) / HOUR_MS;
        if (i < 0 || i >= rows.count) continue;
        writer.row();
        writer.int32(stretch.storeId);
        writer.timestamp(hourMs);
        writer.int32(rows.openMs[i]);
        writer.int32(rows.upMs[i]);
        writer.int32(rows.downMs[i]);
        writer.int32(rows.carriedUpMs[i]);
        writer.int32(rows.carriedDownMs[i]);
        writer.int32(rows.polls[i]);
        writer.timestamp(rows.lastPolledAtMs[i]);
        writer.boolean(rows.lastActive[i] === 1);
        if (writer.isFull) await writer.flush();
        written++;
      }
    }
    await writer.end();
    return written;
  }

  /**
   * Sums the days again that these hours are part of, as far as they are over by `rolledToMs`: whole days from the rows
   * that were computed, and the others, of which more hours are in the table, from there.
   * @param newTable the partition with all of their hours, when it is not part of uptime_hour yet; none was summed then
   */
  async writeDays(
    client: PoolClient,
    hours: readonly StoreHours[],
    computed: readonly StoreRows[],
    { rolledToMs, newTable }: { rolledToMs: number; newTable?: string },
  ): Promise<void> {
    const touched = hours.flatMap((stretch) => daysOf(stretch, rolledToMs));
    if (touched.length === 0) return;
    // The bounds say which partitions can be left out.
    const columns = (days: readonly StoreDay[]): [number[], string[], string, string] => [
      days.map(({ storeId }) => storeId),
      days.map(({ dayMs }) => formatInstant(dayMs)),
      formatInstant(Math.min(...days.map(({ dayMs }) => dayMs))),
      formatInstant(Math.max(...days.map(({ dayMs }) => dayMs)) + DAY_MS),
    ];
    if (!newTable) {
      await client.query(
        `delete from uptime_day using unnest($1::integer[], $2::timestamptz[]) as touched (store_id, day)
         where uptime_day.store_id = touched.store_id and uptime_day.day = touched.day
           and uptime_day.day >= $3 and uptime_day.day < $4`,
        columns(touched),
      );
    }
    if (touched.some(({ isWhole }) => isWhole)) await copyWholeDays(client, computed, rolledToMs);
    const partly = touched.filter(({ isWhole }) => !isWhole);
    if (partly.length === 0) return;
    await client.query(
      `insert into uptime_day (day, store_id, ${DAY_COLUMNS})
       select day, hours.store_id, sum(open_ms), sum(up_ms), sum(down_ms), sum(carried_up_ms), sum(carried_down_ms),
         sum(polls), count(*)
       from (select distinct store_id, day from unnest($1::integer[], $2::timestamptz[]) as days (store_id, day)) as partly
       cross join generate_series(0, 23) as number
       join ${newTable ?? 'uptime_hour'} as hours
         on hours.store_id = partly.store_id and hour = day + number * interval '1 hour' and hour >= $3 and hour < $4
       group by day, hours.store_id`,
      columns(partly),
    );
  }
}

const DAY_COLUMNS = 'open_ms, up_ms, down_ms, carried_up_ms, carried_down_ms, polls, hours';

interface StoreDay {
  readonly storeId: number;
  readonly dayMs: number;
  /** Whether the stretch holds all of its hours. */
  readonly isWhole: boolean;
}

/** The days that a stretch touches and that are over by `rolledToMs`. */
function daysOf({ storeId, fromMs, toMs }: StoreHours, rolledToMs: number): StoreDay[] {
  const days: StoreDay[] = [];
  for (
    let dayMs = Math.floor(fromMs / DAY_MS) * DAY_MS;
    dayMs < toMs && dayMs + DAY_MS <= rolledToMs;
    dayMs += DAY_MS
  ) {
    days.push({ storeId, dayMs, isWhole: fromMs <= dayMs && dayMs + DAY_MS <= toMs });
  }
  return days;
}

async function copyWholeDays(client: PoolClient, computed: readonly StoreRows[], rolledToMs: number): Promise<void> {
  const writer = new BinaryCopyWriter(client, `uptime_day (day, store_id, ${DAY_COLUMNS})`);
  for (const { stretch, rows } of computed) {
    for (const { storeId, dayMs, isWhole } of daysOf(stretch, rolledToMs)) {
      const first = Math.max(0, (dayMs - rows.firstHourMs) / HOUR_MS);
      const end = (dayMs + DAY_MS - rows.firstHourMs) / HOUR_MS;
      // a store has no rows before the hour of its first poll
      if (!isWhole || end <= first) continue;
      writer.row();
      writer.timestamp(dayMs);
      writer.int32(storeId);
      for (const column of [rows.openMs, rows.upMs, rows.downMs, rows.carriedUpMs, rows.carriedDownMs, rows.polls]) {
        let sum = 0;
        for (let i = first; i < end; i++) sum += column[i];
        writer.int32(sum);
      }
      writer.int32(end - first);
      if (writer.isFull) await writer.flush();
    }
  }
  await writer.end();
}

const hoursOf = ({ fromMs, toMs }: Stretch): number[] =>
  Array.from({ length: (toMs - fromMs) / HOUR_MS }, (_, i) => fromMs + i * HOUR_MS);

const hoursOfRows = ({ firstHourMs, count }: HourRows): Stretch => ({
  fromMs: firstHourMs,
  toMs: firstHourMs + count * HOUR_MS,
});
