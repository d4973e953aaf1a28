import { Module } from '@nestjs/common';
import { Database } from '../database/database.js';
import { IngestionModule } from '../ingestion/ingestion.module.js';
import { TimezonesModule } from '../timezones/timezones.module.js';
import { HoursRepository } from './hours.repository.js';
import { RollupsRepository } from './rollups.repository.js';
import { RollupsService } from './rollups.service.js';
import { RollupsTasks } from './rollups.tasks.js';
import { WeekRetention } from './week-retention.js';

@Module({
  imports: [IngestionModule, TimezonesModule],
  providers: [
    RollupsService,
    HoursRepository,
    RollupsTasks,
    WeekRetention,
    { provide: RollupsRepository, inject: [Database], useFactory: (db: Database) => new RollupsRepository(db.pool) },
  ],
  exports: [RollupsService, WeekRetention],
})
export class RollupsModule {}
