import { Module } from '@nestjs/common';
import { TimezonesModule } from '../timezones/timezones.module.js';
import { PollsRepository } from './polls.repository.js';
import { PollsService } from './polls.service.js';

@Module({
  imports: [TimezonesModule],
  providers: [PollsService, PollsRepository],
  exports: [PollsService],
})
export class PollsModule {}
