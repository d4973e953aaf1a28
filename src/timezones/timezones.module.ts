import { Module } from '@nestjs/common';
import { Settings } from '../config/settings.js';
import { Database } from '../database/database.js';
import { CalendarsRepository } from './calendars.repository.js';
import { StoresRepository } from './stores.repository.js';
import { TimezonesGrpcController } from './timezones.controller.grpc.js';
import { TimezonesRestController } from './timezones.controller.rest.js';
import { TimezonesService } from './timezones.service.js';

@Module({
  controllers: [TimezonesRestController, TimezonesGrpcController],
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
