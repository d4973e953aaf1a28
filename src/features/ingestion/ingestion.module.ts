import { Module } from '@nestjs/common';
import { Database } from '../../platform/database/database.js';
import { TimezonesModule } from '../timezones/timezones.module.js';
import { ImportRetention } from './import-retention.js';
import { ImportsRepository } from './imports.repository.js';
import { ImportsService } from './imports.service.js';
import { IngestionTasks } from './ingestion.tasks.js';
import { PollsRepository } from '../polls/polls.repository.js';
import { PollsService } from './polls.service.js';

@Module({
  imports: [TimezonesModule],
  providers: [
    PollsService,
    ImportsService,
    ImportRetention,
    IngestionTasks,
    {
      provide: PollsRepository,
      inject: [Database],
      useFactory: (db: Database) => new PollsRepository(db.pool),
    },
    { provide: ImportsRepository, inject: [Database], useFactory: (db: Database) => new ImportsRepository(db.orm) },
  ],
  exports: [PollsService, ImportsService, ImportRetention],
})
export class IngestionModule {}
