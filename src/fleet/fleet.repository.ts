import type { Pool, PoolClient } from 'pg';
import { openIntervals } from '#libs/calendar/calendar.js';
import { HOUR_MS, formatInstant } from '#libs/instant/instant.js';
import type { Interval } from '#libs/intervals/intervals.js';
import { type HourRows, computeHourRows } from '#libs/uptime/hour-rows.js';
import { partsOf } from '#libs/uptime/parts.js';
import { NO_POLLS } from '#libs/uptime/stretches.js';
import { Settings } from '../config/settings.js';
import { readBinary } from '../database/binary-copy.js';
import { inSnapshot } from '../database/transaction.js';
import { readFromPolls } from '../rollups/polls-with-carried.js';
import type { RollupsService } from '../rollups/rollups.service.js';
import type { TimezonesService } from '../timezones/timezones.service.js';
import type { FleetHour } from './fleet-snapshot.js';
import { type HourShares, hourShares } from './hour-shares.js';

const SUMS = ['open_ms', 'up_ms', 'down_ms', 'carried_up_ms', 'carried_down_ms']
  .map((column) => `sum(${column})::float8`)
  .join(', ');

/** Reads hours of many stores. */
export class FleetRepository {
  constructor(
    private readonly pool: Pool,
    private readonly rollups: RollupsService,
    private readonly timezones: TimezonesService,
    private readonly settings: Settings,
  ) {}

  /** The sums over all stores, as far as hours are rolled up. */
  async fleetHours({ startMs, endMs }: Interval): Promise<FleetHour[]> {
    const { rows } = await this.pool.query({
      text: `select extract(epoch from hour)::float8 * 1000, ${SUMS} from uptime_hour
             where hour >= $1 and hour < $2 group by hour order by hour`,
      values: [formatInstant(startMs), formatInstant(endMs)],
      rowMode: 'array',
    });
    return (rows as unknown as [number, number, number, number, number, number][]).map(([hourMs, ...sums]) => ({
      hourMs,
      parts: partsOf(...sums),
    }));
  }

  /**
   * The shares of whole hours, of each store by its database id.
   * @param hours both ends on the hour
   */
  async shares(ids: readonly number[], hours: Interval): Promise<Map<number, (HourShares | null)[]>> {
    if (ids.length === 0) return new Map();
    return inSnapshot(this.pool, async (client) => {
      const sealedToMs = await this.rollups.sealedToMs(client);
      const isRolled = sealedToMs >= hours.endMs;
      const stale = isRolled ? await this.rollups.staleStores(client, hours.startMs, hours.endMs, ids) : ids;
      const found = await this.computed(client, ids, new Set(stale), hours);
      if (stale.length < ids.length) await readRolled(client, ids, hours, new Set(stale), found);
      return found;
    });
  }

  /** From polls where rollups are not current; without any elsewhere, which is right before a store's first poll. */
  private async computed(
    client: PoolClient,
    ids: readonly number[],
    stale: ReadonlySet<number>,
    { startMs, endMs }: Interval,
  ): Promise<Map<number, (HourShares | null)[]>> {
    const calendars = await this.timezones.calendars(client, ids);
    const polls = await readFromPolls(client, startMs, endMs, [...stale]);
    const { pollValidForMs } = this.settings;
    return new Map(
      [...calendars].map(([id, calendar]) => {
        const openings = openIntervals(calendar, startMs - pollValidForMs, endMs);
        const own = stale.has(id) ? (polls.get(id) ?? NO_POLLS) : NO_POLLS;
        return [id, sharesOf(computeHourRows(own, openings, pollValidForMs, startMs, endMs))];
      }),
    );
  }
}

async function readRolled(
  client: PoolClient,
  ids: readonly number[],
  { startMs, endMs }: Interval,
  stale: ReadonlySet<number>,
  into: ReadonlyMap<number, (HourShares | null)[]>,
): Promise<void> {
  await readBinary(
    client,
    `select store_id, hour, open_ms, up_ms, down_ms from uptime_hour
     where store_id = any('{${ids.join(',')}}'::integer[])
       and hour >= '${formatInstant(startMs)}' and hour < '${formatInstant(endMs)}'`,
    (row) => {
      const [id, hourMs] = [row.int32(), row.timestamp()];
      const shares = hourShares(row.int32(), row.int32(), row.int32());
      if (!stale.has(id)) into.get(id)![(hourMs - startMs) / HOUR_MS] = shares;
    },
  );
}

const sharesOf = ({ count, openMs, upMs, downMs }: HourRows): (HourShares | null)[] =>
  Array.from({ length: count }, (_, hour) => hourShares(openMs[hour], upMs[hour], downMs[hour]));
