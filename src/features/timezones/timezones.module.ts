import { Module } from '@nestjs/common';
import { CalendarsRepository } from './calendars.repository.js';
import { StoresRepository } from './stores.repository.js';
import { TimezonesService } from './timezones.service.js';

@Module({
  providers: [TimezonesService, StoresRepository, CalendarsRepository],
  exports: [TimezonesService],
})
export class TimezonesModule {}
