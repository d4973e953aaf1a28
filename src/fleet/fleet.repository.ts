import type { Pool, PoolClient } from 'pg';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type Calendar, openIntervals } from '#libs/calendar/calendar.js';
import { ceilToHour, floorToHour, formatInstant } from '#libs/instant/instant.js';
import type { Interval } from '#libs/intervals/intervals.js';
import { type HourRows, computeHourRows } from '#libs/uptime/hour-rows.js';
import { NO_POLLS, type PollColumns } from '#libs/uptime/stretches.js';
import { Settings } from '../config/settings.js';
import { readBinary } from '../database/binary-copy.js';
import { inSnapshot } from '../database/transaction.js';
import type { PollsByKey } from '../rollups/gathered-polls.js';
import { readFromPolls, readFromRollups, rowsReadTo } from '../rollups/polls-with-carried.js';
import type { RollupsService } from '../rollups/rollups.service.js';
import { ALL_STORES } from '../timezones/calendar-rows.js';
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
      const currentToMs = Math.max(rolled.endMs, rowsReadTo([rest], sealedToMs));
      const stale = new Set(isRolled ? await this.rollups.staleStores(client, hours.startMs, currentToMs) : ids);
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
        await readRolled(client, matrix, ids, rolled, stale);
        const polls = await readFromRollups(client, [rest], sealedToMs);
        if (rest.startMs < rest.endMs) await fill(current, () => polls, rest);
        // without a rollup that is current, a store was not polled yet: open or closed is all there is to say
        const unpolled = current.filter((place) => matrix.isPartial(place));
        await fill(unpolled, () => undefined, hours);
      }
      await fill(fromPolls, (some) => readFromPolls(client, hours.startMs, hours.endMs, some), hours);
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
  matrix: HourMatrix,
  ids: readonly number[],
  { startMs, endMs }: Interval,
  stale: ReadonlySet<number>,
): Promise<void> {
  const places = new Map([...ids.entries()].filter(([, id]) => !stale.has(id)).map(([place, id]) => [id, place]));
  await readBinary(
    client,
    `select store_id, hour, open_ms, up_ms, down_ms, carried_up_ms, carried_down_ms from uptime_hour
     where hour >= '${formatInstant(startMs)}' and hour < '${formatInstant(endMs)}'`,
    (row) => {
      const place = places.get(row.int32());
      if (place === undefined) return;
      matrix.set(place, row.timestamp(), row.int32(), row.int32(), row.int32(), row.int32(), row.int32());
    },
  );
}

const hourRows = (calendar: Calendar, polls: PollColumns, validForMs: number, { startMs, endMs }: Interval): HourRows =>
  computeHourRows(polls, openIntervals(calendar, startMs - validForMs, endMs), validForMs, startMs, ceilToHour(endMs));
