import { Injectable } from '@nestjs/common';
import { Pool, type PoolClient } from 'pg';
import type { Calendar } from '#libs/calendar/calendar.js';
import { HOUR_MS, ceilToHour, floorToHour } from '#libs/instant/instant.js';
import { daysOf } from '#libs/intervals/intervals.js';
import { instantOf } from '#libs/store-day/poll-day.js';
import { type Parts, partsOf } from '#libs/uptime/parts.js';
import { NO_POLLS, type PollColumns } from '#libs/uptime/stretches.js';
import { inSnapshot } from '../../platform/database/transaction.js';
import { readPollsAndLastBefore, runStarts } from '../polls/polls-reader.js';
import { RollupsService } from '../rollups/rollups.service.js';
import { TimezonesService } from '../timezones/timezones.service.js';

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
      const isStale = (await this.rollups.staleStores(client, fromMs, sealedToMs, [id])).length > 0;
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
   * The calendar of a store, and its polls before `toMs`, from the first one of the run of inactive polls that is in
   * force at `fromMs`, or from the last one before `fromMs`.
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
