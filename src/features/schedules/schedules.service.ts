import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { DomainError, notFound, quoteValue } from '#libs/errors.js';
import { Cron } from '#libs/schedule/cron.js';
import { Clock } from '../../platform/clock/clock.js';
import { currentLimit } from '../../platform/database/store-limit.js';
import { Jobs } from '../../platform/jobs/jobs.js';
import { ReportRequests } from '../reports/request/report-requests.js';
import { type ScheduleInput, folderOf, readFields, readName } from './schedule-fields.js';
import { ScheduleRunsRepository } from './schedule-runs.repository.js';
import type { RunKey, Schedule, ScheduleRun } from './schedule.entity.js';
import { SchedulesRepository } from './schedules.repository.js';
import { type Page, cutPage } from '../../edge/paging/page.js';

/** Bounds the work of each scheduler tick, since every schedule is checked. */
const MAX_SCHEDULES = 100;

/** Manages schedules and their runs. */
@Injectable()
export class SchedulesService {
  constructor(
    private readonly schedules: SchedulesRepository,
    private readonly runs: ScheduleRunsRepository,
    private readonly requests: ReportRequests,
    private readonly jobs: Jobs,
    private readonly clock: Clock,
  ) {}

  /** Ordered by name. */
  async list(after: string, size: number): Promise<Page<Schedule>> {
    return cutPage(await this.schedules.page(after, size + 1), size);
  }

  /** @throws DomainError not_found */
  async find(name: string): Promise<Schedule> {
    const schedule = SAFE_TEXT.test(name) ? await this.schedules.find(name) : null;
    if (!schedule) throw notFound(`There is no schedule ${quoteValue(name)}.`);
    return schedule;
  }

  /** When it is due next, by this process's clock; undefined while it is disabled. */
  nextDueAt({ cron, timezone, enabled }: Schedule): Date | undefined {
    const ms = enabled ? Cron.parse(cron, timezone).nextAfter(this.clock.nowMs()) : undefined;
    return ms === undefined ? undefined : new Date(ms);
  }

  /** Creates a schedule, which starts now. @throws DomainError invalid_argument, conflict, resource_exhausted */
  async create(givenName: unknown, input: ScheduleInput): Promise<Schedule> {
    const name = readName(givenName);
    const limitedTo = currentLimit()?.text ?? null;
    const fields = readFields(name, input, folderOf(limitedTo));
    await this.checkStores(fields);
    if ((await this.schedules.count()) >= MAX_SCHEDULES) {
      throw new DomainError(
        'resource_exhausted',
        `There are already ${MAX_SCHEDULES} schedules, the maximum. Delete one first.`,
      );
    }
    const now = new Date(this.clock.nowMs());
    const schedule = { ...fields, name, limitedTo, dueAfter: now, createdAt: now };
    if (!(await this.schedules.create(schedule))) {
      if (await this.schedules.find(name)) {
        throw new DomainError('conflict', `The schedule ${quoteValue(name)} already exists; change it instead.`, {
          field: 'name',
        });
      }
      if (currentLimit() && !(await this.schedules.findByDestination(fields.destination))) throw nameTaken(name);
      throw await this.destinationTaken(fields.destination);
    }
    return schedule;
  }

  /**
   * Changes the given fields. A schedule with new times, or one that is enabled again, starts now: missed runs are not
   * caught up.
   * @throws DomainError not_found, invalid_argument, conflict
   */
  async update(name: string, input: ScheduleInput): Promise<Schedule> {
    const before = await this.find(name);
    const fields = readFields(name, input, folderOf(before.limitedTo), before);
    await this.checkStores(fields);
    const restarts =
      fields.cron !== before.cron || fields.timezone !== before.timezone || (fields.enabled && !before.enabled);
    const dueAfter = restarts ? { dueAfter: new Date(this.clock.nowMs()) } : {};
    if (!(await this.schedules.update(name, { ...fields, ...dueAfter }))) {
      throw await this.destinationTaken(fields.destination);
    }
    return this.find(name);
  }

  /** Deletes a schedule and its list of runs; its files stay. @throws DomainError not_found */
  async remove(name: string): Promise<void> {
    await this.find(name);
    await this.schedules.remove(name);
  }

  /** Newest first. @param beforeMs only runs due before, epoch ms. @throws DomainError not_found */
  async listRuns(name: string, size: number, beforeMs?: number): Promise<Page<ScheduleRun>> {
    await this.find(name);
    const before = beforeMs === undefined ? undefined : instantOf(beforeMs);
    return cutPage(await this.runs.page(name, before, size + 1), size);
  }

  /** @throws DomainError not_found */
  async findRun(name: string, runId: string): Promise<ScheduleRun> {
    await this.find(name);
    const run = SAFE_TEXT.test(runId) ? await this.runs.findById(name, runId) : null;
    if (!run) throw notFound(`The schedule ${name} has no run ${quoteValue(runId)}.`);
    return run;
  }

  /**
   * Repeats a run with the schedule's current options: the file of a new report replaces the earlier one.
   * @throws DomainError not_found, not_ready while it is running
   */
  async runAgain(name: string, runId: string): Promise<ScheduleRun> {
    const run = await this.findRun(name, runId);
    const jobId = randomUUID();
    await this.jobs.start();
    const isNew = await this.runs.restart(run, jobId, (client) =>
      this.jobs.sendIn(client, 'schedule_run', jobId, { schedule: name, dueAt: run.dueAt.toISOString() }),
    );
    // Not read again: a worker may have begun or even ended it by now.
    const restarted = { status: 'Running', attempt: run.attempt + 1, reportId: null, error: null } as const;
    if (isNew) return { ...run, ...restarted, jobId, finishedAt: null };
    throw new DomainError(
      'not_ready',
      `The run ${runId} of the schedule ${name} is still running. Wait until it ends.`,
    );
  }

  /** Fails a run that belongs to this job, with a reason for its user. */
  async failRun(run: RunKey & Pick<ScheduleRun, 'jobId'>, reason: string): Promise<void> {
    await this.runs.fail(run, reason, new Date(this.clock.nowMs()));
  }

  /** Fails the runs whose job is gone, for example because a worker died during the last attempt. */
  async failAbandonedRuns(): Promise<void> {
    for (const run of await this.runs.running()) {
      if (await this.jobs.isAlive('schedule_run', run.jobId)) continue;
      await this.failRun(run, run.error ?? 'The process that made it ended before it was complete. Run it again.');
    }
  }

  private async checkStores({ stores }: Pick<Schedule, 'stores'>): Promise<void> {
    if (stores) await this.requests.checkStores(stores);
  }

  private async destinationTaken(destination: string): Promise<DomainError> {
    const other = await this.schedules.findByDestination(destination);
    const user = other ? `the schedule ${other.name}` : 'another schedule';
    return new DomainError(
      'conflict',
      `destination ${quoteValue(destination)} is already used by ${user}; choose another.`,
      { field: 'destination' },
    );
  }
}

/** Names are unique among the schedules of all callers, so this shows a caller with a limit that another has the name. */
const nameTaken = (name: string): DomainError =>
  new DomainError('conflict', `The name ${quoteValue(name)} is taken; choose another.`, { field: 'name' });

/** A possible name: other text cannot match, and PostgreSQL might not accept it. */
const SAFE_TEXT = /^[\w-]{1,63}$/;

/** A page token may hold a number beyond the range of Date or PostgreSQL. */
const LATEST_MS = Date.UTC(9999, 11, 31);
const instantOf = (ms: number): Date => new Date(Math.min(Math.max(ms, 0), LATEST_MS));
