import { Module } from '@nestjs/common';
import { Database } from '../database/database.js';
import { IngestionModule } from '../ingestion/ingestion.module.js';
import { RollupsModule } from '../rollups/rollups.module.js';
import { RollupsService } from '../rollups/rollups.service.js';
import { TimezonesModule } from '../timezones/timezones.module.js';
import { TimezonesService } from '../timezones/timezones.service.js';
import { ReportFactsRepository } from './report-facts.repository.js';
import { ReportRequests } from './report-requests.js';
import { ReportWatch } from './report-watch.js';
import { ReportMaker } from './report-maker.js';
import { ReportsRepository } from './reports.repository.js';
import { ReportsService } from './reports.service.js';
import { ReportsTasks } from './reports.tasks.js';

@Module({
  imports: [IngestionModule, RollupsModule, TimezonesModule],
  providers: [
    ReportRequests,
    ReportsService,
    ReportMaker,
    ReportWatch,
    ReportsTasks,
    { provide: ReportsRepository, inject: [Database], useFactory: (db: Database) => new ReportsRepository(db) },
    {
      provide: ReportFactsRepository,
      inject: [Database, RollupsService, TimezonesService],
      useFactory: (db: Database, rollups: RollupsService, timezones: TimezonesService) =>
        new ReportFactsRepository(db.pool, rollups, timezones),
    },
  ],
  exports: [ReportRequests, ReportsService, ReportMaker, ReportWatch],
})
export class ReportsModule {}
