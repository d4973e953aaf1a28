import { Module } from '@nestjs/common';
import { Database } from '../database/database.js';
import { ReportsModule } from '../reports/reports.module.js';
import { DueRuns } from './due-runs.js';
import { RunMaker } from './run-maker.js';
import { ScheduleRunsRepository } from './schedule-runs.repository.js';
import { SchedulesRepository } from './schedules.repository.js';
import { SchedulesService } from './schedules.service.js';
import { SchedulesTasks } from './schedules.tasks.js';

@Module({
  imports: [ReportsModule],
  providers: [
    DueRuns,
    RunMaker,
    SchedulesService,
    SchedulesTasks,
    { provide: SchedulesRepository, inject: [Database], useFactory: (db: Database) => new SchedulesRepository(db.orm) },
    {
      provide: ScheduleRunsRepository,
      inject: [Database],
      useFactory: (db: Database) => new ScheduleRunsRepository(db),
    },
  ],
  exports: [DueRuns, RunMaker, SchedulesService],
})
export class SchedulesModule {}
