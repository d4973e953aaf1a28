import { Module } from '@nestjs/common';
import { Settings } from '../../platform/config/settings.js';
import { Database } from '../../platform/database/database.js';
import { CalendarsRepository } from './calendars.repository.js';
import { StoresRepository } from './stores.repository.js';
import { TimezonesService } from './timezones.service.js';

@Module({
  providers: [
    TimezonesService,
    { provide: StoresRepository, inject: [Database], useFactory: (db: Database) => new StoresRepository(db.pool) },
    {
      provide: CalendarsRepository,
      inject: [Database, Settings],
      useFactory: (db: Database, { pollValidForMs }: Settings) => new CalendarsRepository(db.pool, pollValidForMs),
    },
  ],
  exports: [TimezonesService],
})
export class TimezonesModule {}
