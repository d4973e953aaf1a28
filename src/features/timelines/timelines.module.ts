import { Module } from '@nestjs/common';
import { Database } from '../../platform/database/database.js';
import { PollsModule } from '../polls/polls.module.js';
import { RollupsModule } from '../rollups/rollups.module.js';
import { RollupsService } from '../rollups/rollups.service.js';
import { TimezonesModule } from '../timezones/timezones.module.js';
import { TimezonesService } from '../timezones/timezones.service.js';
import { RecentOutagesRepository } from './recent-outages.repository.js';
import { RecentOutagesService } from './recent-outages.service.js';
import { TimeWindows } from './time-windows.js';
import { TimelinesRepository } from './timelines.repository.js';
import { TimelinesService } from './timelines.service.js';

const inject = [Database, RollupsService, TimezonesService];

@Module({
  imports: [PollsModule, RollupsModule, TimezonesModule],
  providers: [
    TimelinesService,
    RecentOutagesService,
    TimeWindows,
    {
      provide: TimelinesRepository,
      inject,
      useFactory: (db: Database, rollups: RollupsService, timezones: TimezonesService) =>
        new TimelinesRepository(db.pool, rollups, timezones),
    },
    {
      provide: RecentOutagesRepository,
      inject,
      useFactory: (db: Database, rollups: RollupsService, timezones: TimezonesService) =>
        new RecentOutagesRepository(db.pool, rollups, timezones),
    },
  ],
  exports: [TimelinesService, RecentOutagesService, TimeWindows],
})
export class TimelinesModule {}
