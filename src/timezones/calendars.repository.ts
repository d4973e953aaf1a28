import type { Pool, PoolClient } from 'pg';
import { type BusinessHours, type Calendar, DEFAULT_ZONE } from '#libs/calendar/calendar.js';
import { Lock } from '../database/locks.js';
import { inTransaction } from '../database/transaction.js';
import { markStoresDue } from '../rollups/due.js';

/** What a change of calendars did, in rows of its input. */
export interface CalendarChange {
  readonly accepted: number;
  readonly duplicate: number;
}

/** The home of business_hours and of a store's timezone. A change marks the store's hours due in its own transaction. */
export class CalendarsRepository {
  constructor(private readonly pool: Pool) {}

  /** The calendars of the stores with database ids in `[firstId, endId)`, by id. */
  async calendars(client: PoolClient, firstId: number, endId: number): Promise<Map<number, Calendar>> {
    const { rows } = await client.query({
      text: `select store.id, store.timezone, hours.day_of_week, hours.start_ms, hours.end_ms
         from store left join business_hours hours on hours.store_id = store.id
         where store.id >= $1 and store.id < $2
         order by store.id, hours.day_of_week, hours.start_ms`,
      values: [firstId, endId],
      rowMode: 'array',
    });
    const calendars = new Map<number, { zone: string; weekly: BusinessHours[] }>();
    for (const [id, timezone, dayOfWeek, startMs, endMs] of rows as unknown as CalendarRow[]) {
      let calendar = calendars.get(id);
      if (!calendar) calendars.set(id, (calendar = { zone: timezone ?? DEFAULT_ZONE, weekly: [] }));
      if (dayOfWeek !== null) calendar.weekly.push({ dayOfWeek, startMs, endMs });
    }
    return calendars;
  }

  async businessHours(id: number): Promise<BusinessHours[]> {
    const { rows } = await this.pool.query(
      `select day_of_week as "dayOfWeek", start_ms as "startMs", end_ms as "endMs" from business_hours
       where store_id = $1 order by day_of_week, start_ms, end_ms`,
      [id],
    );
    return rows;
  }

  /** Replaces the whole week of every store named; a store whose week stays the same is left alone. */
  async replaceBusinessHours(weeks: ReadonlyMap<number, readonly BusinessHours[]>): Promise<CalendarChange> {
    return inTransaction(this.pool, async (client) => {
      await client.query('select pg_advisory_xact_lock($1)', [Lock.calendars]);
      const stored = await storedWeeks(client, [...weeks.keys()]);
      const changed: number[] = [];
      let [rows, accepted] = [0, 0];
      for (const [id, week] of weeks) {
        const before = stored.get(id) ?? new Set<string>();
        const after = new Set(week.map(weekKey));
        const added = [...after].filter((key) => !before.has(key)).length;
        rows += week.length;
        accepted += added;
        if (added > 0 || after.size !== before.size) changed.push(id);
      }
      if (changed.length > 0) {
        await writeWeeks(client, changed, weeks);
        await markStoresDue(client, changed);
      }
      return { accepted, duplicate: rows - accepted };
    });
  }

  /** Sets the zone of every store named. */
  async setTimezones(zones: ReadonlyMap<number, string>): Promise<CalendarChange> {
    return inTransaction(this.pool, async (client) => {
      await client.query('select pg_advisory_xact_lock($1)', [Lock.calendars]);
      const ids = [...zones.keys()].sort((a, b) => a - b);
      const { rows } = await client.query(
        `update store set timezone = zones.timezone
         from unnest($1::integer[], $2::text[]) as zones (store_id, timezone)
         where store.id = zones.store_id and store.timezone is distinct from zones.timezone
         returning store.id`,
        [ids, ids.map((id) => zones.get(id))],
      );
      if (rows.length > 0) {
        await markStoresDue(
          client,
          rows.map((row) => row.id as number),
        );
      }
      return { accepted: rows.length, duplicate: zones.size - rows.length };
    });
  }
}

type CalendarRow = [id: number, timezone: string | null, dayOfWeek: number | null, startMs: number, endMs: number];

const weekKey = ({ dayOfWeek, startMs, endMs }: BusinessHours): string => `${dayOfWeek} ${startMs} ${endMs}`;

async function storedWeeks(client: PoolClient, ids: readonly number[]): Promise<Map<number, Set<string>>> {
  const { rows } = await client.query({
    text: 'select store_id, day_of_week, start_ms, end_ms from business_hours where store_id = any($1::integer[])',
    values: [ids],
    rowMode: 'array',
  });
  const weeks = new Map<number, Set<string>>();
  for (const [id, dayOfWeek, startMs, endMs] of rows as unknown as [number, number, number, number][]) {
    let week = weeks.get(id);
    if (!week) weeks.set(id, (week = new Set()));
    week.add(weekKey({ dayOfWeek, startMs, endMs }));
  }
  return weeks;
}

async function writeWeeks(
  client: PoolClient,
  ids: readonly number[],
  weeks: ReadonlyMap<number, readonly BusinessHours[]>,
): Promise<void> {
  const rows = ids.flatMap((id) => weeks.get(id)!.map((hours) => ({ id, ...hours })));
  await client.query('delete from business_hours where store_id = any($1::integer[])', [ids]);
  await client.query(
    `insert into business_hours (store_id, day_of_week, start_ms, end_ms)
     select * from unnest($1::integer[], $2::smallint[], $3::integer[], $4::integer[])
     on conflict do nothing`,
    [
      rows.map((row) => row.id),
      rows.map((row) => row.dayOfWeek),
      rows.map((row) => row.startMs),
      rows.map((row) => row.endMs),
    ],
  );
}
