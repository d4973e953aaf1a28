import { Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { Jobs } from '../../platform/jobs/jobs.js';
import { Roles } from '../../platform/config/roles.js';
import { Scheduled } from '../../platform/jobs/scheduled.js';
import { toDomainError } from '../../edge/errors/error-table.js';
import { DueRuns } from './due-runs.js';
import { RunMaker } from './run-maker.js';
import { SchedulesService } from './schedules.service.js';

/** The longest delay until a due run is queued. */
const QUEUE_EVERY_MS = 10_000;
const SWEEP_EVERY_MS = 10_000;

/** Schedulers queue the runs that are due, and workers make them. */
@Injectable()
export class SchedulesTasks implements OnApplicationBootstrap {
  private readonly logger = new Logger('Schedules');

  constructor(
    private readonly due: DueRuns,
    private readonly maker: RunMaker,
    private readonly schedules: SchedulesService,
    private readonly jobs: Jobs,
    readonly roles: Roles,
  ) {}

  /** Runs in every scheduler: see DueRuns. */
  @Scheduled('scheduler', QUEUE_EVERY_MS, 'Scheduled runs could not be queued')
  async queueDue(): Promise<void> {
    await this.due.queueDue();
  }

  /** Runs in every worker: the first one does the work, and the others find nothing to do. */
  @Scheduled('worker', SWEEP_EVERY_MS, 'Abandoned runs could not be ended')
  async sweep(): Promise<void> {
    await this.schedules.failAbandonedRuns();
  }

  async onApplicationBootstrap(): Promise<void> {
    void this.queueDue();
    if (!this.roles.has('worker')) return;
    await this.jobs.work('schedule_run', async ({ schedule, dueAt }, { id, isLast, signal }) => {
      const key = { schedule, dueAt: new Date(dueAt) };
      try {
        const artifact = await this.maker.make(key, signal);
        if (artifact)
          this.logger.log(`The run of the schedule ${schedule}, due ${dueAt}, is complete: ${artifact.artifactKey}.`);
      } catch (error) {
        const run = `The run of the schedule ${schedule}, due ${dueAt},`;
        if (signal.aborted && !isLast) this.logger.log(`${run} was interrupted; another attempt will continue it.`);
        else this.logger.error(`${run} failed${isLast ? '' : ' and will be retried'}.`, error);
        if (isLast) await this.schedules.failRun({ ...key, jobId: id }, toDomainError(error).message);
        throw error;
      }
    });
  }
}
