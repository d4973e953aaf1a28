import { Module } from '@nestjs/common';
import { Database } from '../../platform/database/database.js';
import { PollsModule } from '../polls/polls.module.js';
import { TimezonesModule } from '../timezones/timezones.module.js';
import { RollupsRepository } from './rollups.repository.js';
import { RollupsService } from './rollups.service.js';
import { RollupsTasks } from './rollups.tasks.js';
import { UptimeDaysRepository } from './uptime-days.repository.js';
import { WeekRetention } from './week-retention.js';

@Module({
  imports: [PollsModule, TimezonesModule],
  providers: [
    RollupsService,
    UptimeDaysRepository,
    RollupsTasks,
    WeekRetention,
    { provide: RollupsRepository, inject: [Database], useFactory: (db: Database) => new RollupsRepository(db.pool) },
  ],
  exports: [RollupsService, WeekRetention],
})
export class RollupsModule {}
