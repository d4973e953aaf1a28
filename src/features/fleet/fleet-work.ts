import { Injectable } from '@nestjs/common';
import { currentLimit } from '../../platform/database/store-limit.js';
import type { Import } from '../ingestion/imports/import.entity.js';
import { ImportsService } from '../ingestion/imports/imports.service.js';
import type { ReportSummary } from '../reports/record/reports.repository.js';
import { ReportsService } from '../reports/reports.service.js';
import type { Backlog } from '../rollups/rollups.repository.js';
import { RollupsService } from '../rollups/rollups.service.js';

/** Running imports and reports that are listed at most. */
const MAX_LISTED = 20;

/** Shown to a caller with a limit: the backlog counts the data of all stores. */
const NO_BACKLOG: Backlog = { lagSeconds: 0, blockHours: 0, dueRows: 0 };

/** What the deployment is working on. */
export interface Work {
  readonly imports: readonly Import[];
  readonly reports: readonly ReportSummary[];
  readonly backlog: Backlog;
}

/** Lists running imports and reports, and the backlog of roll-ups. */
@Injectable()
export class FleetWork {
  constructor(
    private readonly imports: ImportsService,
    private readonly reports: ReportsService,
    private readonly rollups: RollupsService,
  ) {}

  async now(): Promise<Work> {
    const [{ imports }, { reports }, backlog] = await Promise.all([
      this.imports.list({ status: 'Running' }, MAX_LISTED),
      this.reports.list({ status: 'Running', fromMs: undefined, toMs: undefined, after: undefined }, MAX_LISTED),
      currentLimit() ? NO_BACKLOG : this.rollups.backlog(),
    ]);
    return { imports, reports, backlog };
  }
}
