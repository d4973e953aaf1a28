import { randomUUID } from 'node:crypto';
import { Injectable, Logger } from '@nestjs/common';
import { formatLocalDate } from '#libs/calendar/local-date.js';
import { Zone } from '#libs/calendar/zone.js';
import { DAY_MS, formatInstant } from '#libs/instant/instant.js';
import { Cron } from '#libs/schedule/cron.js';
import { Clock } from '../../platform/clock/clock.js';
import { Jobs } from '../../platform/jobs/jobs.js';
import { type RunNames, ScheduleRunsRepository } from './schedule-runs.repository.js';
import type { Schedule } from './schedule.entity.js';
import { SchedulesRepository } from './schedules.repository.js';

/** How many runs of a schedule are made up for at most, after nobody was there to ask for them: the newest, a week of nights. */
export const MADE_UP_FOR = 7;

/** Finds out what is due, and asks for it. */
@Injectable()
export class DueRuns {
  private readonly logger = new Logger('Schedules');

  constructor(
    private readonly schedules: SchedulesRepository,
    private readonly runs: ScheduleRunsRepository,
    private readonly jobs: Jobs,
    private readonly clock: Clock,
  ) {}

  /**
   * Asks for every run that is due and that nobody has asked for, the oldest first. Any number of processes may do so at
   * once: of each run there is one row, which comes with its job or not at all.
   */
  async ask(): Promise<void> {
    const nowMs = this.clock.nowMs();
    await this.schedules.begin(new Date(nowMs));
    for (const schedule of await this.schedules.enabled()) {
      try {
        await this.askFor(schedule, nowMs);
      } catch (error) {
        this.logger.error(
          `What is due of the schedule ${schedule.name} could not be asked for; it is tried again.`,
          error,
        );
      }
    }
  }

  private async askFor(schedule: Schedule, nowMs: number): Promise<void> {
    const cron = Cron.parse(schedule.cron, schedule.timezone);
    const due = cron.newest(schedule.dueAfter!.getTime(), nowMs, MADE_UP_FOR);
    if (due.length === 0) return;
    const known = await this.runs.known(
      schedule.name,
      due.map((ms) => new Date(ms)),
    );
    for (const dueMs of due) {
      if (known.has(dueMs)) continue;
      const dueAt = new Date(dueMs);
      const jobId = randomUUID();
      await this.jobs.start();
      const isNew = await this.runs.create(
        schedule,
        dueAt,
        { names: namesOf(dueMs, schedule.timezone, cron.isOnceADay), jobId, now: new Date(nowMs) },
        (client) =>
          this.jobs.sendIn(client, 'schedule_run', jobId, { schedule: schedule.name, dueAt: dueAt.toISOString() }),
      );
      if (isNew) this.logger.log(`The schedule ${schedule.name} is due: ${formatInstant(dueMs)}.`);
    }
  }
}

/**
 * What a run is called: the date in the schedule's zone; where there may be several a day, the minute in UTC, which no change
 * of a clock repeats. A schedule that was changed may be due again on the same date: then the minute tells them apart too.
 */
function namesOf(dueMs: number, timezone: string, isOnceADay: boolean): RunNames {
  const minute = `${formatInstant(dueMs).slice(0, 16).replace(':', '')}Z`;
  const date = formatLocalDate(Math.floor(Zone.get(timezone).toLocalMs(dueMs) / DAY_MS));
  return { usual: isOnceADay ? date : minute, otherwise: minute };
}
