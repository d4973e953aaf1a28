import { Module } from '@nestjs/common';
import { TimezonesModule } from '../timezones/timezones.module.js';
import { ImportRetention } from './imports/import-retention.js';
import { ImportsRepository } from './imports/imports.repository.js';
import { LocalImporter } from './imports/local-importer.js';
import { ImportsService } from './imports/imports.service.js';
import { IngestionTasks } from './ingestion.tasks.js';
import { PollsModule } from '../polls/polls.module.js';

@Module({
  imports: [PollsModule, TimezonesModule],
  providers: [LocalImporter, ImportsService, ImportRetention, IngestionTasks, ImportsRepository],
  exports: [ImportsService, LocalImporter, ImportRetention],
})
export class IngestionModule {}
