import { Module } from '@nestjs/common';
import { IngestionModule } from '../ingestion/ingestion.module.js';
import { PollsModule } from '../polls/polls.module.js';
import { ReportsModule } from '../reports/reports.module.js';
import { RollupsModule } from '../rollups/rollups.module.js';
import { TimelinesModule } from '../timelines/timelines.module.js';
import { TimezonesModule } from '../timezones/timezones.module.js';
import { FleetGroups } from './fleet-groups.js';
import { FleetRepository } from './fleet.repository.js';
import { FleetService } from './fleet.service.js';
import { FleetSnapshots } from './fleet-snapshots.js';
import { FleetWork } from './fleet-work.js';
import { FleetWatch } from './fleet-watch.js';

@Module({
  imports: [IngestionModule, PollsModule, ReportsModule, RollupsModule, TimelinesModule, TimezonesModule],
  providers: [FleetService, FleetGroups, FleetSnapshots, FleetWatch, FleetWork, FleetRepository],
  exports: [FleetService, FleetWatch],
})
export class FleetModule {}
