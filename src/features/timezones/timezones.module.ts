import { Module } from '@nestjs/common';
import { CalendarsRepository } from './calendars.repository.js';
import { NamesRepository } from './names.repository.js';
import { NamesService } from './names.service.js';
import { StoresRepository } from './stores.repository.js';
import { TimezonesService } from './timezones.service.js';

@Module({
  providers: [TimezonesService, NamesService, StoresRepository, CalendarsRepository, NamesRepository],
  exports: [TimezonesService, NamesService],
})
export class TimezonesModule {}
