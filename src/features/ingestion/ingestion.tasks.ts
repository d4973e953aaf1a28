import { Injectable, Logger } from '@nestjs/common';
import { Roles } from '../../platform/config/roles.js';
import { Scheduled } from '../../platform/jobs/scheduled.js';
import { ImportsService } from './imports/imports.service.js';

const SWEEP_EVERY_MS = 10_000;

/**
 * Fails the imports whose process is gone. Runs in every worker: the first one does the work, and the others find
 * nothing to do.
 */
@Injectable()
export class IngestionTasks {
  private readonly logger = new Logger('Imports');

  constructor(
    private readonly imports: ImportsService,
    readonly roles: Roles,
  ) {}

  @Scheduled('worker', SWEEP_EVERY_MS, 'Abandoned imports could not be ended')
  async sweep(): Promise<void> {
    const failed = await this.imports.failAbandoned();
    if (failed > 0)
      this.logger.warn(`Marked ${failed} imports as failed: the processes that read their files stopped.`);
  }
}
