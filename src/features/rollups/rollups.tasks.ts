import { counted } from '#libs/listed.js';
import { Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { CronExpression } from '@nestjs/schedule';
import { Jobs } from '../../platform/jobs/jobs.js';
import { Metrics } from '../../platform/metrics/metrics.js';
import { Roles } from '../../platform/config/roles.js';
import { Scheduled } from '../../platform/jobs/scheduled.js';
import { RollupsService } from './rollups.service.js';

/** The scheduled roll-up: the scheduler queues a job every minute, and one worker runs it. */
@Injectable()
export class RollupsTasks implements OnApplicationBootstrap {
  private readonly logger = new Logger('Rollups');

  constructor(
    private readonly rollups: RollupsService,
    private readonly jobs: Jobs,
    readonly roles: Roles,
    private readonly metrics: Metrics,
  ) {}

  /** Runs in every scheduler. The queue holds at most one waiting and one running job. */
  @Scheduled('scheduler', CronExpression.EVERY_MINUTE, 'The roll-up job could not be queued')
  async tick(): Promise<void> {
    await this.jobs.send('rollup', {});
  }

  async onApplicationBootstrap(): Promise<void> {
    if (!this.roles.has('worker')) return;
    await this.jobs.work('rollup', async () => {
      const startedAt = performance.now();
      const { rows, blocks } = await this.rollups.bringUpToDate();
      const ms = Math.round(performance.now() - startedAt);
      this.metrics.rollup(rows, ms / 1_000);
      if (rows > 0) this.logger.log(`${counted(rows, 'hour')} of ${counted(blocks, 'block')} computed in ${ms} ms.`);
    });
  }
}
