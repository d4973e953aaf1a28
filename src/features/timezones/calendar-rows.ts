import type { PoolClient } from 'pg';
import { type BusinessHours, type Calendar, DEFAULT_ZONE, type LocalHours } from '#libs/calendar/calendar.js';
import { type LocalDate, formatLocalDate } from '#libs/calendar/local-date.js';
import { MAX_LOCAL_TIME_MS } from '#libs/calendar/local-time.js';
import { BinaryCopyWriter, readBinary } from '../../platform/database/binary-copy.js';
import { type StoreSet, storeCondition } from '../../platform/database/store-set.js';

/** Reads and writes calendars: columns of store, and the tables business_hours and special_hours. */

/** A date as a number of days. pg would parse it into a JavaScript Date in this machine's zone. */
const days = (column: string): string => `${column} - date '1970-01-01'`;

/** The calendars of stores, by id; unknown stores are missing. */
export async function readCalendars(client: PoolClient, stores: StoreSet): Promise<Map<number, Calendar>> {
  const select = async <Row>(text: string): Promise<Row[]> =>
    (await client.query({ text, rowMode: 'array' })).rows as unknown as Row[];
  const calendars = new Map<number, Writable>();
  for (const [id, timezone, openedOn, closedOn] of await select<StoreRow>(
    `select id, timezone, ${days('opened_on')}, ${days('closed_on')} from store where ${storeCondition('id', stores)} order by id`,
  )) {
    calendars.set(id, {
      zone: timezone ?? DEFAULT_ZONE,
      weekly: [],
      openedOn: openedOn ?? undefined,
      closedOn: closedOn ?? undefined,
    });
  }
  await readBinary(
    client,
    `select store_id, day_of_week::integer, start_ms, end_ms from business_hours where ${storeCondition('store_id', stores)}
     order by store_id, day_of_week, start_ms, end_ms`,
    (row) => calendars.get(row.int32())?.weekly.push(sharedHours(row.int32(), row.int32(), row.int32())),
  );
  for (const [id, date, startsMs, endsMs] of await select<SpecialRow>(
    `select store_id, ${days('local_date')}, starts_ms, ends_ms from special_hours where ${storeCondition('store_id', stores)}
     order by store_id, local_date`,
  )) {
    const calendar = calendars.get(id);
    if (!calendar) continue;
    calendar.special ??= new Map();
    calendar.special.set(
      date,
      startsMs.map((startMs, i) => ({ startMs, endMs: endsMs[i] })),
    );
  }
  return calendars;
}

/** Equal opening rows share one object, since thousands of stores open at nine on Mondays. By day of the week. */
const hoursSeen = Array.from({ length: 7 }, () => new Map<number, BusinessHours>());
const MAX_HOURS_SEEN = 10_000;

function sharedHours(dayOfWeek: number, startMs: number, endMs: number): BusinessHours {
  const seen = hoursSeen[dayOfWeek];
  // For late times the key exceeds the exact integers, so the values are compared as well.
  const key = startMs * MAX_LOCAL_TIME_MS + endMs;
  let hours = seen.get(key);
  if (hours?.startMs !== startMs || hours.endMs !== endMs) {
    if (seen.size >= MAX_HOURS_SEEN) seen.clear();
    seen.set(key, (hours = { dayOfWeek, startMs, endMs }));
  }
  return hours;
}

interface Writable {
  zone: string;
  weekly: BusinessHours[];
  special?: Map<LocalDate, LocalHours[]>;
  openedOn: LocalDate | undefined;
  closedOn: LocalDate | undefined;
}
type StoreRow = [id: number, timezone: string | null, openedOn: number | null, closedOn: number | null];
type SpecialRow = [id: number, date: number, startsMs: number[], endsMs: number[]];

export async function writeWeeks(client: PoolClient, calendars: ReadonlyMap<number, Calendar>): Promise<void> {
  await client.query('delete from business_hours where store_id = any($1::integer[])', [[...calendars.keys()]]);
  const writer = new BinaryCopyWriter(client, 'business_hours (store_id, day_of_week, start_ms, end_ms)');
  for (const [id, { weekly }] of calendars) {
    for (const { dayOfWeek, startMs, endMs } of weekly) {
      writer.row();
      writer.int32(id);
      writer.int16(dayOfWeek);
      writer.int32(startMs);
      writer.int32(endMs);
      if (writer.isFull) await writer.flush();
    }
  }
  await writer.end();
}

/** The openings of a store on a date; null: the weekly hours apply again. */
export interface SpecialDay {
  readonly id: number;
  readonly date: LocalDate;
  readonly hours: readonly LocalHours[] | null;
}

export async function writeSpecialDays(client: PoolClient, changed: readonly SpecialDay[]): Promise<void> {
  await client.query(
    `delete from special_hours using unnest($1::integer[], $2::date[]) as changed (store_id, local_date)
     where special_hours.store_id = changed.store_id and special_hours.local_date = changed.local_date`,
    [changed.map(({ id }) => id), changed.map(({ date }) => formatLocalDate(date))],
  );
  // as JSON, because PostgreSQL has no arrays of lists of different lengths
  const rows = changed.flatMap(({ id, date, hours }) =>
    hours === null
      ? []
      : {
          store_id: id,
          local_date: formatLocalDate(date),
          starts_ms: hours.map(({ startMs }) => startMs),
          ends_ms: hours.map(({ endMs }) => endMs),
        },
  );
  await client.query(
    `insert into special_hours (store_id, local_date, starts_ms, ends_ms)
     select * from jsonb_to_recordset($1::jsonb)
       as new (store_id integer, local_date date, starts_ms integer[], ends_ms integer[])`,
    [JSON.stringify(rows)],
  );
}

export async function writeLives(client: PoolClient, calendars: ReadonlyMap<number, Calendar>): Promise<void> {
  const text = (date: LocalDate | undefined): string | null => (date === undefined ? null : formatLocalDate(date));
  await client.query(
    `update store set opened_on = lives.opened_on, closed_on = lives.closed_on
     from unnest($1::integer[], $2::date[], $3::date[]) as lives (store_id, opened_on, closed_on)
     where store.id = lives.store_id`,
    [
      [...calendars.keys()],
      [...calendars.values()].map(({ openedOn }) => text(openedOn)),
      [...calendars.values()].map(({ closedOn }) => text(closedOn)),
    ],
  );
}
