import { Injectable } from '@nestjs/common';
import { Pool, type PoolClient } from 'pg';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type Calendar, openIntervals } from '#libs/calendar/calendar.js';
import { HOUR_MS, ceilToHour, floorToHour } from '#libs/instant/instant.js';
import { type Interval, daysOf } from '#libs/intervals/intervals.js';
import { type HourRows, computeHourRows } from '#libs/uptime/hour-rows.js';
import { NO_POLLS, type PollColumns } from '#libs/uptime/segments.js';
import { Settings } from '../../platform/config/settings.js';
import { inSnapshot } from '../../platform/database/transaction.js';
import type { PollsByKey } from '../polls/gathered-polls.js';
import { readPollsAndLastBefore } from '../polls/polls-reader.js';
import { RollupsService } from '../rollups/rollups.service.js';
import type { StoreSet } from '../../platform/database/store-set.js';
import { TimezonesService } from '../timezones/timezones.service.js';
import { HourMatrix } from './hour-matrix.js';

/** Stores computed between two yields to the event loop: about 5 ms. */
const STORES_PER_TURN = 100;

/** Reads the hours of many stores. */
@Injectable()
export class FleetRepository {
  constructor(
    private readonly pool: Pool,
    private readonly rollups: RollupsService,
    private readonly timezones: TimezonesService,
    private readonly settings: Settings,
  ) {}

  /**
   * The share of each hour's open time observed up and down: from rollups, or from polls where no rollup is current.
   * Reads all rows of the week once: reading those of 200 stores takes a tenth of that time, but a fleet has many
   * pages.
   * @param ids the stores' database ids, by index
   * @param stores the same stores, for queries; others are ignored
   * @param hours from the start of the first hour to as-of, which may be within the last
   */
  matrix(ids: ArrayLike<number> & Iterable<number>, stores: StoreSet, hours: Interval): Promise<HourMatrix> {
    return inSnapshot(this.pool, async (client) => {
      const matrix = new HourMatrix(ids.length, hours);
      const sealedToMs = await this.rollups.sealedToMs(client);
      const rolled = { startMs: hours.startMs, endMs: Math.min(sealedToMs, floorToHour(hours.endMs)) };
      const rest = { startMs: rolled.endMs, endMs: hours.endMs };
      const isRolled = rolled.endMs >= rolled.startMs;
      const stale = isRolled
        ? await this.rollups.staleStores(client, hours.startMs, rolled.endMs, stores)
        : new Set(ids);
      const calendars = await this.timezones.calendars(client, stores);
      const fill = async (indexes: readonly number[], pollsOf: ReadPolls, time: Interval): Promise<void> => {
        for (let at = 0; at < indexes.length; at += STORES_PER_TURN) {
          const batch = indexes.slice(at, at + STORES_PER_TURN);
          const polls = await pollsOf(batch.map((index) => ids[index]));
          for (const index of batch) {
            const calendar = calendars.get(ids[index]);
            const own = polls?.get(ids[index]) ?? NO_POLLS;
            if (calendar) matrix.fill(index, hourRows(calendar, own, this.settings.pollValidForMs, time));
          }
          await nextTurn();
        }
      };
      const fromPolls: number[] = [];
      const current: number[] = [];
      for (let index = 0; index < ids.length; index++) (stale.has(ids[index]) ? fromPolls : current).push(index);
      if (current.length > 0) {
        const indexes = new Map(current.map((index) => [ids[index], index]));
        await readRolled(client, this.rollups, matrix, indexes, stores, rolled);
        const polls = await this.rollups.edges(client, [rest], stores);
        if (rest.startMs < rest.endMs) await fill(current, () => polls, rest);
        // a store without any current rollup has no polls yet, so only its open time is known
        const unpolled = current.filter((index) => matrix.isPartial(index));
        await fill(unpolled, () => undefined, hours);
      }
      await fill(fromPolls, (storeIds) => readPollsAndLastBefore(client, hours, storeIds), hours);
      return matrix;
    });
  }
}

/** Reads the polls of stores; undefined: none. */
type ReadPolls = (ids: readonly number[]) => PollsByKey | undefined | Promise<PollsByKey>;

/** @param indexes by database id, of the stores whose rollups are current */
async function readRolled(
  client: PoolClient,
  rollups: RollupsService,
  matrix: HourMatrix,
  indexes: ReadonlyMap<number, number>,
  stores: StoreSet,
  { startMs, endMs }: Interval,
): Promise<void> {
  await rollups.readHours(client, daysOf({ startMs, endMs }), stores, (storeId, day) => {
    const index = indexes.get(storeId);
    if (index === undefined) return;
    for (let i = 0; i < day.count; i++) {
      const hourMs = day.firstHourMs + i * HOUR_MS;
      if (hourMs < startMs || hourMs >= endMs) continue;
      matrix.set(index, hourMs, day.openMs[i], day.upMs[i], day.downMs[i], day.carriedUpMs[i], day.carriedDownMs[i]);
    }
  });
}

const hourRows = (calendar: Calendar, polls: PollColumns, validForMs: number, { startMs, endMs }: Interval): HourRows =>
  computeHourRows(polls, openIntervals(calendar, startMs - validForMs, endMs), validForMs, startMs, ceilToHour(endMs));
