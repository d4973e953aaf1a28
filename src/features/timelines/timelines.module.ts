import { Module } from '@nestjs/common';
import { PollsModule } from '../polls/polls.module.js';
import { RollupsModule } from '../rollups/rollups.module.js';
import { TimezonesModule } from '../timezones/timezones.module.js';
import { RecentOutagesRepository } from './recent-outages.repository.js';
import { RecentOutagesService } from './recent-outages.service.js';
import { TimeWindows } from './time-windows.js';
import { TimelinesRepository } from './timelines.repository.js';
import { TimelinesService } from './timelines.service.js';

@Module({
  imports: [PollsModule, RollupsModule, TimezonesModule],
  providers: [TimelinesService, RecentOutagesService, TimeWindows, TimelinesRepository, RecentOutagesRepository],
  exports: [TimelinesService, RecentOutagesService, TimeWindows],
})
export class TimelinesModule {}
