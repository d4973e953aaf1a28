import { counted } from '#libs/listed.js';
import { Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { CronExpression } from '@nestjs/schedule';
import { Jobs } from '../../platform/jobs/jobs.js';
import { Metrics } from '../../platform/metrics/metrics.js';
import { Roles } from '../../platform/config/roles.js';
import { Scheduled } from '../../platform/jobs/scheduled.js';
import { RollupsService } from './rollups.service.js';

/** A run with more blocks than this asks other workers to share them; each asked worker is worth that many. */
const BLOCKS_PER_WORKER = 50;
const MAX_HELPERS = 7;

/**
 * The scheduled roll-up: the scheduler queues a job every minute, and one worker runs it. When that worker finds many
 * blocks, other workers take some of them.
 */
@Injectable()
export class RollupsTasks implements OnApplicationBootstrap {
  private readonly logger = new Logger('Rollups');

  constructor(
    private readonly rollups: RollupsService,
    private readonly jobs: Jobs,
    readonly roles: Roles,
    private readonly metrics: Metrics,
  ) {}

  /** Runs in every scheduler. The queue holds at most one waiting and one running job, and as many of each helper. */
  @Scheduled('scheduler', CronExpression.EVERY_MINUTE, 'The roll-up job could not be queued')
  async tick(): Promise<void> {
    await this.jobs.send('rollup', {});
  }

  async onApplicationBootstrap(): Promise<void> {
    if (!this.roles.has('worker')) return;
    await this.jobs.work('rollup', async ({ helper }) => {
      const startedAt = performance.now();
      let isShared = helper !== undefined;
      const { rows, blocks } = await this.rollups.bringUpToDate((_, total) => {
        if (!isShared) this.askHelpers(total).catch((error: Error) => this.logger.warn(error.message));
        isShared = true;
      });
      const ms = Math.round(performance.now() - startedAt);
      this.metrics.rollup(rows, ms / 1_000);
      if (rows > 0) this.logger.log(`${counted(rows, 'hour')} of ${counted(blocks, 'block')} computed in ${ms} ms.`);
    });
  }

  /** Without other workers, the jobs wait until this run is done and find nothing to do. */
  private async askHelpers(blocks: number): Promise<void> {
    const helpers = Math.min(MAX_HELPERS, Math.ceil(blocks / BLOCKS_PER_WORKER) - 1);
    for (let helper = 1; helper <= helpers; helper++) {
      await this.jobs.send('rollup', { helper }, `helper ${helper}`);
    }
  }
}
