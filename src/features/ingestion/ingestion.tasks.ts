import { Injectable, Logger } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { Roles } from '../../platform/config/roles.js';
import { toDomainError } from '../../edge/errors/error-table.js';
import { ImportsService } from './imports/imports.service.js';

const SWEEP_EVERY_MS = 10_000;

/** Ends the imports whose process is gone, in every worker: whoever comes first does it, and the others find nothing. */
@Injectable()
export class IngestionTasks {
  private readonly logger = new Logger('Imports');

  constructor(
    private readonly imports: ImportsService,
    private readonly roles: Roles,
  ) {}

  @Interval(SWEEP_EVERY_MS)
  async sweep(): Promise<void> {
    if (!this.roles.has('worker')) return;
    try {
      const failed = await this.imports.failAbandoned();
      if (failed > 0) this.logger.warn(`${failed} imports have failed: the processes that read the files ended.`);
    } catch (error) {
      this.logger.warn(`Imports whose process is gone could not be looked for: ${toDomainError(error).message}`);
    }
  }
}
