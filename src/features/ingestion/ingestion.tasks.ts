import { Injectable, Logger } from '@nestjs/common';
import { Roles } from '../../platform/config/roles.js';
import { Scheduled } from '../../platform/jobs/scheduled.js';
import { ImportsService } from './imports/imports.service.js';

const SWEEP_EVERY_MS = 10_000;

/** Ends the imports whose process is gone, in every worker: whoever comes first does it, and the others find nothing. */
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
    if (failed > 0) this.logger.warn(`${failed} imports have failed: the processes that read the files ended.`);
  }
}
