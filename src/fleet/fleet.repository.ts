import type { Pool, PoolClient } from 'pg';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type Calendar, openIntervals } from '#libs/calendar/calendar.js';
import { HOUR_MS } from '#libs/instant/instant.js';
import type { Interval } from '#libs/intervals/intervals.js';
import { type HourRows, computeHourRows } from '#libs/uptime/hour-rows.js';
import { NO_POLLS, type PollColumns } from '#libs/uptime/stretches.js';
import { Settings } from '../config/settings.js';
import { inSnapshot } from '../database/transaction.js';
import { readPollsAndLastBefore } from '../polls/polls-reader.js';
import type { RollupsService } from '../rollups/rollups.service.js';
import type { UptimeDaysRepository } from '../rollups/uptime-days.repository.js';
import { ALL_STORES } from '../database/store-set.js';
import type { TimezonesService } from '../timezones/timezones.service.js';
import { HourMatrix } from './hour-matrix.js';

/** Stores that are computed before other work of the process gets its turn: some 5 ms. */
const STORES_PER_TURN = 100;

/** Reads hours of many stores. */
export class FleetRepository {
  constructor(
    private readonly pool: Pool,
    private readonly rollups: RollupsService,
    private readonly timezones: TimezonesService,
    private readonly settings: Settings,
  ) {}

  /** How far hours are rolled up: -Infinity while none is. */
  sealedToMs(): Promise<number> {
    return this.rollups.sealedToMs(this.pool);
  }

  /**
   * What of each hour's open time stores were observed up and down: from rollups, and from polls where these are not current.
   * One walk through the week's rows: looking up those of 200 stores takes a tenth of it, and a fleet has many pages.
   * @param ids   of the database, by place
   * @param hours both ends on the hour
   */
  matrix(ids: readonly number[], hours: Interval): Promise<HourMatrix> {
    return inSnapshot(this.pool, async (client) => {
      const matrix = new HourMatrix(ids.length, hours);
      const sealedToMs = await this.rollups.sealedToMs(client);
      const isRolled = sealedToMs >= hours.endMs;
      const stale = new Set(isRolled ? await this.rollups.staleStores(client, hours.startMs, hours.endMs) : ids);
      if (isRolled) await readRolled(client, this.rollups.days, matrix, ids, hours, stale);
      const calendars = await this.timezones.calendars(client, ALL_STORES);
      const missing = range(ids.length).filter((place) => matrix.isPartial(place));
      for (let at = 0; at < missing.length; at += STORES_PER_TURN) {
        const places = missing.slice(at, at + STORES_PER_TURN);
        const fromPolls = places.map((place) => ids[place]).filter((id) => stale.has(id));
        const polls = fromPolls.length > 0 ? await readPollsAndLastBefore(client, hours, fromPolls) : undefined;
        for (const place of places) {
          // without a rollup that is current, a store was not polled yet: open or closed is all there is to say
          const own = polls?.get(ids[place]) ?? NO_POLLS;
          const calendar = calendars.get(ids[place]);
          if (calendar) matrix.fill(place, hourRows(calendar, own, this.settings.pollValidForMs, hours));
        }
        await nextTurn();
      }
      return matrix;
    });
  }
}

async function readRolled(
  client: PoolClient,
  days: UptimeDaysRepository,
  matrix: HourMatrix,
  ids: readonly number[],
  { startMs, endMs }: Interval,
  stale: ReadonlySet<number>,
): Promise<void> {
  const places = new Map([...ids.entries()].filter(([, id]) => !stale.has(id)).map(([place, id]) => [id, place]));
  await days.readHours(client, startMs, endMs, ALL_STORES, (storeId, day) => {
    const place = places.get(storeId);
    if (place === undefined) return;
    for (let i = 0; i < day.count; i++) {
      const hourMs = day.firstHourMs + i * HOUR_MS;
      if (hourMs < startMs || hourMs >= endMs) continue;
      matrix.set(place, hourMs, day.openMs[i], day.upMs[i], day.downMs[i], day.carriedUpMs[i], day.carriedDownMs[i]);
    }
  });
}

const hourRows = (calendar: Calendar, polls: PollColumns, validForMs: number, { startMs, endMs }: Interval): HourRows =>
  computeHourRows(polls, openIntervals(calendar, startMs - validForMs, endMs), validForMs, startMs, endMs);

const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
