import { Module } from '@nestjs/common';
import { Settings } from '../../platform/config/settings.js';
import { Database } from '../../platform/database/database.js';
import { IngestionModule } from '../ingestion/ingestion.module.js';
import { PollsModule } from '../polls/polls.module.js';
import { ReportsModule } from '../reports/reports.module.js';
import { RollupsModule } from '../rollups/rollups.module.js';
import { RollupsService } from '../rollups/rollups.service.js';
import { TimelinesModule } from '../timelines/timelines.module.js';
import { TimezonesModule } from '../timezones/timezones.module.js';
import { TimezonesService } from '../timezones/timezones.service.js';
import { FleetRepository } from './fleet.repository.js';
import { FleetService } from './fleet.service.js';
import { FleetSnapshots } from './fleet-snapshots.js';
import { FleetWatch } from './fleet-watch.js';

@Module({
  imports: [IngestionModule, PollsModule, ReportsModule, RollupsModule, TimelinesModule, TimezonesModule],
  providers: [
    FleetService,
    FleetSnapshots,
    FleetWatch,
    {
      provide: FleetRepository,
      inject: [Database, RollupsService, TimezonesService, Settings],
      useFactory: (db: Database, rollups: RollupsService, timezones: TimezonesService, settings: Settings) =>
        new FleetRepository(db.pool, rollups, timezones, settings),
    },
  ],
  exports: [FleetService, FleetWatch],
})
export class FleetModule {}
