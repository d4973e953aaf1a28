import { Module } from '@nestjs/common';
import { PollsModule } from '../polls/polls.module.js';
import { TimezonesModule } from '../timezones/timezones.module.js';
import { RollupsRepository } from './rollups.repository.js';
import { RollupsService } from './rollups.service.js';
import { RollupsTasks } from './rollups.tasks.js';
import { UptimeDaysRepository } from './uptime-days.repository.js';
import { WeekRetention } from './week-retention.js';

@Module({
  imports: [PollsModule, TimezonesModule],
  providers: [RollupsService, UptimeDaysRepository, RollupsTasks, WeekRetention, RollupsRepository],
  exports: [RollupsService, WeekRetention],
})
export class RollupsModule {}
