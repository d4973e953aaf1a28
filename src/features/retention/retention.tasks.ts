import { Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { Cron, CronExpression } from '@nestjs/schedule';
import { Jobs } from '../../platform/jobs/jobs.js';
import { Roles } from '../../platform/config/roles.js';
import { RetentionService } from './retention.service.js';

const DAY_SECONDS = 86_400;

/** Once a day (UTC): the scheduler asks, one worker does it. */
@Injectable()
export class RetentionTasks implements OnApplicationBootstrap {
  private readonly logger = new Logger('Retention');

  constructor(
    private readonly retention: RetentionService,
    private readonly jobs: Jobs,
    private readonly roles: Roles,
  ) {}

  /** Every hour, since a scheduler may not run at a certain one; of a day's requests the first counts. */
  @Cron(CronExpression.EVERY_HOUR)
  async tick(): Promise<void> {
    if (!this.roles.has('scheduler')) return;
    try {
      await this.jobs.sendOnceIn(DAY_SECONDS, 'tidy', {});
    } catch (error) {
      this.logger.error('Tidying up could not be asked for; the next hour asks again.', error);
    }
  }

  async onApplicationBootstrap(): Promise<void> {
    if (!this.roles.has('worker')) return;
    await this.jobs.work('tidy', async () => {
      for (const { count, what } of await this.retention.tidy(false)) this.logger.log(`Removed: ${count} ${what}.`);
    });
  }
}
