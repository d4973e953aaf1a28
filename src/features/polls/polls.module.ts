import { Module } from '@nestjs/common';
import { Database } from '../../platform/database/database.js';
import { TimezonesModule } from '../timezones/timezones.module.js';
import { PollsRepository } from './polls.repository.js';
import { PollsService } from './polls.service.js';

@Module({
  imports: [TimezonesModule],
  providers: [
    PollsService,
    { provide: PollsRepository, inject: [Database], useFactory: (db: Database) => new PollsRepository(db.pool) },
  ],
  exports: [PollsService],
})
export class PollsModule {}
