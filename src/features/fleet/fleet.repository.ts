import { Injectable } from '@nestjs/common';
import { Pool, type PoolClient } from 'pg';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type Calendar, openIntervals } from '#libs/calendar/calendar.js';
import { HOUR_MS, ceilToHour, floorToHour } from '#libs/instant/instant.js';
import { type Interval, daysOf } from '#libs/intervals/intervals.js';
import { type HourRows, computeHourRows } from '#libs/uptime/hour-rows.js';
import { NO_POLLS, type PollColumns } from '#libs/uptime/stretches.js';
import { Settings } from '../../platform/config/settings.js';
import { inSnapshot } from '../../platform/database/transaction.js';
import type { PollsByKey } from '../polls/gathered-polls.js';
import { readPollsAndLastBefore } from '../polls/polls-reader.js';
import { RollupsService } from '../rollups/rollups.service.js';
import { ALL_STORES } from '../../platform/database/store-set.js';
import { TimezonesService } from '../timezones/timezones.service.js';
import { HourMatrix } from './hour-matrix.js';

/** Stores that are computed before other work of the process gets its turn: some 5 ms. */
const STORES_PER_TURN = 100;

/** Reads hours of many stores. */
@Injectable()
export class FleetRepository {
  constructor(
    private readonly pool: Pool,
    private readonly rollups: RollupsService,
    private readonly timezones: TimezonesService,
    private readonly settings: Settings,
  ) {}

  /**
   * What of each hour's open time stores were observed up and down: from rollups, and from polls where there are none that are
   * current. One walk through the week's rows: looking up those of 200 stores takes a tenth of it, and a fleet has many pages.
   * @param ids   of the database, by place
   * @param hours from the start of the first one to as-of, which may lie within the last
   */
  matrix(ids: readonly number[], hours: Interval): Promise<HourMatrix> {
    return inSnapshot(this.pool, async (client) => {
      const matrix = new HourMatrix(ids.length, hours);
      const sealedToMs = await this.rollups.sealedToMs(client);
      const rolled = { startMs: hours.startMs, endMs: Math.min(sealedToMs, floorToHour(hours.endMs)) };
      const rest = { startMs: rolled.endMs, endMs: hours.endMs };
      const isRolled = rolled.endMs >= rolled.startMs;
      const stale = new Set(isRolled ? await this.rollups.staleStores(client, hours.startMs, rolled.endMs) : ids);
      const calendars = await this.timezones.calendars(client, ALL_STORES);
      const fill = async (places: readonly number[], pollsOf: ReadPolls, time: Interval): Promise<void> => {
        for (let at = 0; at < places.length; at += STORES_PER_TURN) {
          const some = places.slice(at, at + STORES_PER_TURN);
          const polls = await pollsOf(some.map((place) => ids[place]));
          for (const place of some) {
            const calendar = calendars.get(ids[place]);
            const own = polls?.get(ids[place]) ?? NO_POLLS;
            if (calendar) matrix.fill(place, hourRows(calendar, own, this.settings.pollValidForMs, time));
          }
          await nextTurn();
        }
      };
      const [fromPolls, current] = split(ids, (id) => stale.has(id));
      if (current.length > 0) {
        await readRolled(client, this.rollups, matrix, ids, rolled, stale);
        const polls = await this.rollups.edges(client, [rest]);
        if (rest.startMs < rest.endMs) await fill(current, () => polls, rest);
        // without a rollup that is current, a store was not polled yet: open or closed is all there is to say
        const unpolled = current.filter((place) => matrix.isPartial(place));
        await fill(unpolled, () => undefined, hours);
      }
      await fill(fromPolls, (some) => readPollsAndLastBefore(client, hours, some), hours);
      return matrix;
    });
  }
}

/** Reads polls of stores; undefined: there are none. */
type ReadPolls = (ids: readonly number[]) => PollsByKey | undefined | Promise<PollsByKey>;

/** The places of the ids for which something is so, and those of the others. */
function split(ids: readonly number[], isSo: (id: number) => boolean): [number[], number[]] {
  const places: [number[], number[]] = [[], []];
  for (const [place, id] of ids.entries()) places[isSo(id) ? 0 : 1].push(place);
  return places;
}

async function readRolled(
  client: PoolClient,
  rollups: RollupsService,
  matrix: HourMatrix,
  ids: readonly number[],
  { startMs, endMs }: Interval,
  stale: ReadonlySet<number>,
): Promise<void> {
  const places = new Map([...ids.entries()].filter(([, id]) => !stale.has(id)).map(([place, id]) => [id, place]));
  await rollups.readHours(client, daysOf({ startMs, endMs }), ALL_STORES, (storeId, day) => {
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
  computeHourRows(polls, openIntervals(calendar, startMs - validForMs, endMs), validForMs, startMs, ceilToHour(endMs));
