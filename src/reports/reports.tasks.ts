import { Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { Jobs } from '../jobs/jobs.js';
import { Roles } from '../roles.js';
import { toDomainError } from '../transport/error-table.js';
import { ReportMaker } from './report-maker.js';
import { ReportsService } from './reports.service.js';

/** Makes the reports that were asked for, in a worker. */
@Injectable()
export class ReportsTasks implements OnApplicationBootstrap {
  private readonly logger = new Logger('Reports');

  constructor(
    private readonly reports: ReportsService,
    private readonly maker: ReportMaker,
    private readonly jobs: Jobs,
    private readonly roles: Roles,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    if (!this.roles.has('worker')) return;
    await this.jobs.work('report', async ({ reportId }, { isLast }) => {
      const startedAt = performance.now();
      try {
        const report = await this.maker.make(await this.reports.find(reportId));
        const ms = Math.round(performance.now() - startedAt);
        this.logger.log(`Report ${reportId} of ${report.storesTotal} stores is complete after ${ms} ms.`);
      } catch (error) {
        this.logger.error(`Report ${reportId} could not be made${isLast ? '' : ' and will be tried again'}.`, error);
        if (isLast) await this.reports.fail(reportId, toDomainError(error).message);
        throw error;
      }
    });
  }
}
