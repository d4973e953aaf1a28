import { Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { Jobs } from '../../platform/jobs/jobs.js';
import { Metrics } from '../../platform/metrics/metrics.js';
import { Roles } from '../../platform/config/roles.js';
import { Scheduled } from '../../platform/jobs/scheduled.js';
import { toDomainError } from '../../edge/errors/error-table.js';
import { ReportMaker } from './make/report-maker.js';
import { PartHelper } from './make/part-helper.js';
import { ReportsService } from './reports.service.js';

const SWEEP_EVERY_MS = 10_000;
/** Six missed heartbeats. */
const SILENT_SECONDS = 30;

/** Makes reports, in workers. */
@Injectable()
export class ReportsTasks implements OnApplicationBootstrap {
  private readonly logger = new Logger('Reports');

  constructor(
    private readonly reports: ReportsService,
    private readonly maker: ReportMaker,
    private readonly helper: PartHelper,
    private readonly jobs: Jobs,
    readonly roles: Roles,
    private readonly metrics: Metrics,
  ) {}

  /** Runs in every worker: the first one does the work, and the others find nothing to do. */
  @Scheduled('worker', SWEEP_EVERY_MS, 'Abandoned reports could not be ended')
  sweep(): Promise<void> {
    return this.reports.failAbandoned(SILENT_SECONDS);
  }

  async onApplicationBootstrap(): Promise<void> {
    if (!this.roles.has('worker')) return;
    await this.jobs.work('report', async ({ reportId }, { isLast, signal }) => {
      const startedAt = performance.now();
      try {
        const report = await this.maker.make({ id: reportId }, { signal, sharesParts: true });
        if (report.status !== 'Complete') {
          this.logger.log(`Report ${reportId} is ${report.status}: ${report.error}`);
          return;
        }
        const ms = Math.round(performance.now() - startedAt);
        this.metrics.report('complete', ms / 1_000);
        this.logger.log(`Report ${reportId} of ${report.storesTotal} stores is complete after ${ms} ms.`);
      } catch (error) {
        if (signal.aborted && !isLast)
          this.logger.log(`Report ${reportId} was interrupted; another attempt will continue it.`);
        else this.logger.error(`Report ${reportId} could not be made${isLast ? '' : ' and will be retried'}.`, error);
        if (isLast) {
          this.metrics.report('failed', (performance.now() - startedAt) / 1_000);
          await this.reports.fail(reportId, toDomainError(error).message);
        }
        throw error;
      }
    });
    await this.jobs.work('report_part', async (offer, { signal }) => {
      // The owner holds one of the jobs while it makes the report, so that others get the rest.
      if (await this.maker.ended(offer.reportId)) return;
      try {
        const parts = await this.helper.help(offer, signal);
        if (parts > 0) this.logger.log(`Made ${parts} parts of the report ${offer.reportId}.`);
      } catch (error) {
        if (!signal.aborted) this.logger.error(`A part of the report ${offer.reportId} could not be made.`, error);
        throw error;
      }
    });
  }
}
