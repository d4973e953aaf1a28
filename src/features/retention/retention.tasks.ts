import { Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { CronExpression } from '@nestjs/schedule';
import { Jobs } from '../../platform/jobs/jobs.js';
import { Roles } from '../../platform/config/roles.js';
import { Scheduled } from '../../platform/jobs/scheduled.js';
import { RetentionService } from './retention.service.js';

const DAY_SECONDS = 86_400;

/** Once a day (UTC) the scheduler queues a job, and one worker runs it. */
@Injectable()
export class RetentionTasks implements OnApplicationBootstrap {
  private readonly logger = new Logger('Retention');

  constructor(
    private readonly retention: RetentionService,
    private readonly jobs: Jobs,
    readonly roles: Roles,
  ) {}

  /** Ticks every hour, since no scheduler may be running at a given hour. Only the first request of a day counts. */
  @Scheduled('scheduler', CronExpression.EVERY_HOUR, 'The retention job could not be queued')
  async tick(): Promise<void> {
    await this.jobs.sendOnceIn(DAY_SECONDS, 'tidy', {});
  }

  async onApplicationBootstrap(): Promise<void> {
    if (!this.roles.has('worker')) return;
    await this.jobs.work('tidy', async () => {
      for (const { count, what } of await this.retention.prune(false)) this.logger.log(`Removed: ${count} ${what}.`);
    });
  }
}
