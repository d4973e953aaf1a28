import { Injectable } from '@nestjs/common';
import { Pool, type PoolClient } from 'pg';
import type { Calendar } from '#libs/calendar/calendar.js';
import { HOUR_MS, ceilToHour, floorToHour } from '#libs/instant/instant.js';
import { daysOf } from '#libs/intervals/intervals.js';
import { instantOf } from '#libs/store-day/poll-day.js';
import { type UptimeBreakdown, partsOf } from '#libs/uptime/breakdown.js';
import { NO_POLLS, type PollColumns } from '#libs/uptime/segments.js';
import { inSnapshot } from '../../platform/database/transaction.js';
import { readPollsAndLastBefore, runStarts } from '../polls/polls-reader.js';
import { RollupsService } from '../rollups/rollups.service.js';
import { TimezonesService } from '../timezones/timezones.service.js';

/** An hourly rollup. */
export interface RolledHour {
  readonly hourMs: number;
  readonly parts: Readonly<UptimeBreakdown>;
  readonly polls: number;
}

/** The data of one store at one moment, for `[fromMs, toMs)`. */
export interface StoreFacts {
  readonly calendar: Calendar;
  /** The polls inside, and the last one before. */
  readonly polls: PollColumns;
  /** The hourly rollups inside, as far as they are rolled up and current. */
  readonly hours: readonly RolledHour[];
  /** Where the rollups end, on the hour, even if the store had no poll by then. */
  readonly rolledToMs: number;
}

/** Reads the data of one store. Ids are database ids. */
@Injectable()
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
      const isStale = (await this.rollups.staleStores(client, fromMs, sealedToMs, [id])).size > 0;
      const rolledToMs = isStale ? firstHourMs : Math.max(firstHourMs, sealedToMs);
      return {
        calendar: (await this.timezones.calendars(client, [id])).get(id)!,
        polls: (await readPollsAndLastBefore(client, { startMs: fromMs, endMs: toMs }, [id])).get(id) ?? NO_POLLS,
        hours: await readHours(client, this.rollups, id, firstHourMs, rolledToMs),
        rolledToMs,
      };
    });
  }

  /**
   * A store's calendar and its polls before `toMs`: from the start of the run of inactive polls in force at `fromMs`,
   * or from the last poll before `fromMs`.
   */
  readRun(id: number, fromMs: number, toMs: number): Promise<{ calendar: Calendar; polls: PollColumns }> {
    return inSnapshot(this.pool, async (client) => {
      const runStart = (await runStarts(client, fromMs, [id])).get(id);
      const startMs = runStart === undefined ? fromMs : instantOf(runStart);
      return {
        calendar: (await this.timezones.calendars(client, [id])).get(id)!,
        polls: (await readPollsAndLastBefore(client, { startMs, endMs: toMs }, [id])).get(id) ?? NO_POLLS,
      };
    });
  }
}

async function readHours(
  client: PoolClient,
  rollups: RollupsService,
  id: number,
  fromMs: number,
  toMs: number,
): Promise<RolledHour[]> {
  const hours: RolledHour[] = [];
  await rollups.readHours(client, daysOf({ startMs: fromMs, endMs: toMs }), [id], (_storeId, day) => {
    for (let i = 0; i < day.count; i++) {
      const hourMs = day.firstHourMs + i * HOUR_MS;
      if (hourMs < fromMs || hourMs >= toMs) continue;
      const parts = partsOf(day.openMs[i], day.upMs[i], day.downMs[i], day.carriedUpMs[i], day.carriedDownMs[i]);
      hours.push({ hourMs, parts, polls: day.polls[i] });
    }
  });
  return hours.sort((a, b) => a.hourMs - b.hourMs);
}
