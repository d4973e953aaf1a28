import { Module } from '@nestjs/common';
import { ReportsModule } from '../reports/reports.module.js';
import { DueRuns } from './due-runs.js';
import { OldRunsRepository } from './old-runs.repository.js';
import { RunMaker } from './run-maker.js';
import { ScheduleRetention } from './schedule-retention.js';
import { ScheduleRunsRepository } from './schedule-runs.repository.js';
import { SchedulesRepository } from './schedules.repository.js';
import { SchedulesService } from './schedules.service.js';
import { SchedulesTasks } from './schedules.tasks.js';

@Module({
  imports: [ReportsModule],
  providers: [
    DueRuns,
    RunMaker,
    ScheduleRetention,
    SchedulesService,
    SchedulesTasks,
    SchedulesRepository,
    ScheduleRunsRepository,
    OldRunsRepository,
  ],
  exports: [DueRuns, RunMaker, ScheduleRetention, SchedulesService],
})
export class SchedulesModule {}
