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

/** The most missed runs of a schedule that are caught up after an outage, newest first: a week of nightly runs. */
export const MAX_CATCH_UP_RUNS = 7;

/** Finds due runs and queues them. */
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
   * Queues every due run that is not queued yet, the oldest first. Any number of processes may do so at once: a run has
   * one row, created in the same transaction as its job.
   */
  async queueDue(): Promise<void> {
    const nowMs = this.clock.nowMs();
    await this.schedules.begin(new Date(nowMs));
    for (const schedule of await this.schedules.enabled()) {
      try {
        await this.queueRuns(schedule, nowMs);
      } catch (error) {
        this.logger.error(
          `The due runs of the schedule ${schedule.name} could not be queued and will be retried.`,
          error,
        );
      }
    }
  }

  private async queueRuns(schedule: Schedule, nowMs: number): Promise<void> {
    const cron = Cron.parse(schedule.cron, schedule.timezone);
    const due = cron.newest(schedule.dueAfter!.getTime(), nowMs, MAX_CATCH_UP_RUNS);
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
 * The names of a run: the date in the schedule's zone, or the UTC minute if several runs a day are possible, since a
 * clock change never repeats a UTC minute. After a change, a schedule may be due twice on one date; the second run then
 * gets the minute.
 */
function namesOf(dueMs: number, timezone: string, isOnceADay: boolean): RunNames {
  const minute = `${formatInstant(dueMs).slice(0, 16).replace(':', '')}Z`;
  const date = formatLocalDate(Math.floor(Zone.get(timezone).toLocalMs(dueMs) / DAY_MS));
  return { preferred: isOnceADay ? date : minute, fallback: minute };
}
