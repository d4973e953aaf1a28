import { Module } from '@nestjs/common';
import { ImportRetention } from '../ingestion/imports/import-retention.js';
import { IngestionModule } from '../ingestion/ingestion.module.js';
import { ReportRetention } from '../reports/files/report-retention.js';
import { ReportsModule } from '../reports/reports.module.js';
import { RollupsModule } from '../rollups/rollups.module.js';
import { WeekRetention } from '../rollups/week-retention.js';
import { ScheduleRetention } from '../schedules/schedule-retention.js';
import { SchedulesModule } from '../schedules/schedules.module.js';
import type { RetentionPolicy } from '../../platform/database/retention-policy.js';
import { RETENTION_POLICIES, RetentionService } from './retention.service.js';
import { RetentionTasks } from './retention.tasks.js';

/** Another part is another name in this list, exported by its module. */
const PARTS = [ReportRetention, ScheduleRetention, ImportRetention, WeekRetention];

@Module({
  imports: [IngestionModule, ReportsModule, RollupsModule, SchedulesModule],
  providers: [
    RetentionService,
    RetentionTasks,
    { provide: RETENTION_POLICIES, inject: PARTS, useFactory: (...parts: RetentionPolicy[]) => parts },
  ],
  exports: [RetentionService],
})
export class RetentionModule {}
