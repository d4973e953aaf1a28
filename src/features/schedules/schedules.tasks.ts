import { Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { Jobs } from '../../platform/jobs/jobs.js';
import { Roles } from '../../platform/config/roles.js';
import { toDomainError } from '../../edge/errors/error-table.js';
import { DueRuns } from './due-runs.js';
import { RunMaker } from './run-maker.js';
import { SchedulesService } from './schedules.service.js';

/** How late a run may begin. */
const LOOK_EVERY_MS = 10_000;
const SWEEP_EVERY_MS = 10_000;

/** The scheduler asks for the runs that are due, and a worker makes them. */
@Injectable()
export class SchedulesTasks implements OnApplicationBootstrap {
  private readonly logger = new Logger('Schedules');
  private isAsking = false;
  private isSweeping = false;

  constructor(
    private readonly due: DueRuns,
    private readonly maker: RunMaker,
    private readonly schedules: SchedulesService,
    private readonly jobs: Jobs,
    private readonly roles: Roles,
  ) {}

  /** In every scheduler: see DueRuns. */
  @Interval(LOOK_EVERY_MS)
  async ask(): Promise<void> {
    if (!this.roles.has('scheduler') || this.isAsking) return;
    this.isAsking = true;
    try {
      await this.due.ask();
    } catch (error) {
      this.logger.warn(`What is due could not be looked for: ${toDomainError(error).message}`);
    } finally {
      this.isAsking = false;
    }
  }

  /** In every worker: whoever comes first does it, and the others find nothing. */
  @Interval(SWEEP_EVERY_MS)
  async sweep(): Promise<void> {
    if (!this.roles.has('worker') || this.isSweeping) return;
    this.isSweeping = true;
    try {
      await this.schedules.failAbandonedRuns();
    } catch (error) {
      this.logger.warn(`Runs that nobody makes any more could not be looked for: ${toDomainError(error).message}`);
    } finally {
      this.isSweeping = false;
    }
  }

  async onApplicationBootstrap(): Promise<void> {
    if (this.roles.has('scheduler')) void this.ask();
    if (!this.roles.has('worker')) return;
    await this.jobs.work('schedule_run', async ({ schedule, dueAt }, { id, isLast, signal }) => {
      const key = { schedule, dueAt: new Date(dueAt) };
      try {
        const artifact = await this.maker.make(key, signal);
        if (artifact) this.logger.log(`The schedule ${schedule}, due ${dueAt}: ${artifact.artifactKey} is there.`);
      } catch (error) {
        const run = `The run of the schedule ${schedule}, due ${dueAt},`;
        if (signal.aborted && !isLast) this.logger.log(`${run} was let go; another attempt goes on.`);
        else this.logger.error(`${run} failed${isLast ? '' : ' and will be tried again'}.`, error);
        if (isLast) await this.schedules.failRun({ ...key, jobId: id }, toDomainError(error).message);
        throw error;
      }
    });
  }
}
