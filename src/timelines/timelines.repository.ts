import type { Pool, PoolClient } from 'pg';
import type { Calendar } from '#libs/calendar/calendar.js';
import { ceilToHour, floorToHour, formatInstant } from '#libs/instant/instant.js';
import { type Parts, partsOf } from '#libs/uptime/parts.js';
import { NO_POLLS, type PollColumns } from '#libs/uptime/stretches.js';
import { epochMs } from '../database/sql.js';
import { inSnapshot } from '../database/transaction.js';
import { readFromPolls } from '../rollups/polls-with-carried.js';
import type { RollupsService } from '../rollups/rollups.service.js';
import type { TimezonesService } from '../timezones/timezones.service.js';

/** An hourly rollup. */
export interface RolledHour {
  readonly hourMs: number;
  readonly parts: Readonly<Parts>;
  readonly polls: number;
}

/** What the database says of one store at one moment, about `[fromMs, toMs)`. */
export interface StoreFacts {
  readonly calendar: Calendar;
  /** Those inside, and the last one before. */
  readonly polls: PollColumns;
  /** The hourly rollups of the hours that lie inside, as far as they are rolled up and current. */
  readonly hours: readonly RolledHour[];
  /** On the hour: where those end that are in `hours`, or would be if the store had been polled by then. */
  readonly rolledToMs: number;
}

/** Reads what there is of one store. Ids are database ids. */
export class TimelinesRepository {
  constructor(
    private readonly pool: Pool,
    private readonly rollups: RollupsService,
    private readonly timezones: TimezonesService,
  ) {}

  read(id: number, fromMs: number, toMs: number): Promise<StoreFacts> {
    return inSnapshot(this.pool, async (client) => {
      const firstHourMs = ceilToHour(fromMs);
      const sealedToMs = Math.min(await this.rollups.sealedToMs(client), floorToHour(toMs));
      const isStale = (await this.rollups.staleStores(client, fromMs, sealedToMs, [id])).length > 0;
      const rolledToMs = isStale ? firstHourMs : Math.max(firstHourMs, sealedToMs);
      return {
        calendar: (await this.timezones.calendars(client, [id])).get(id)!,
        polls: (await readFromPolls(client, fromMs, toMs, [id])).get(id) ?? NO_POLLS,
        hours: await readHours(client, id, firstHourMs, rolledToMs),
        rolledToMs,
      };
    });
  }

  /**
   * The calendar of a store, and its polls before `toMs`, from the first one of the run of inactive polls that is in
   * force at `fromMs`, or from the last one before `fromMs`.
   */
  readRun(id: number, fromMs: number, toMs: number): Promise<{ calendar: Calendar; polls: PollColumns }> {
    return inSnapshot(this.pool, async (client) => {
      const { rows } = await client.query(
        `select ${epochMs('min(polled_at)')} as run_start from status_poll
         where store_id = $1 and polled_at < $2 and polled_at > coalesce(
           (select polled_at from status_poll where store_id = $1 and polled_at < $2 and active
            order by polled_at desc limit 1), '-infinity')`,
        [id, formatInstant(fromMs)],
      );
      const startMs = Math.min(fromMs, rows[0].run_start ?? Infinity);
      return {
        calendar: (await this.timezones.calendars(client, [id])).get(id)!,
        polls: (await readFromPolls(client, startMs, toMs, [id])).get(id) ?? NO_POLLS,
      };
    });
  }
}

async function readHours(client: PoolClient, id: number, firstHourMs: number, toMs: number): Promise<RolledHour[]> {
  if (firstHourMs >= toMs) return [];
  // Hour by hour, as the key is; the bounds say which partitions can be left out.
  const { rows } = await client.query({
    text: `select ${epochMs('hour')}, open_ms, up_ms, down_ms, carried_up_ms, carried_down_ms, polls
      from generate_series($2::timestamptz, $3::timestamptz - interval '1 hour', interval '1 hour') as wanted (at)
      join uptime_hour on store_id = $1 and hour = at
      where hour >= $2 and hour < $3 order by hour`,
    values: [id, formatInstant(firstHourMs), formatInstant(toMs)],
    rowMode: 'array',
  });
  return (rows as unknown as [number, number, number, number, number, number, number][]).map(
    ([hourMs, openMs, upMs, downMs, carriedUpMs, carriedDownMs, polls]) => ({
      hourMs,
      parts: partsOf(openMs, upMs, downMs, carriedUpMs, carriedDownMs),
      polls,
    }),
  );
}
