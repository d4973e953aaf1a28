import { type DynamicModule, Module } from '@nestjs/common';
import { ScheduleModule } from '@nestjs/schedule';
import { AccessModule } from '../edge/access/access.module.js';
import { CoreModule, type ProcessContext } from './core.module.js';
import { BulkThread } from './bulk/bulk-thread.js';
import { Importer } from '../features/ingestion/imports/importer.js';
import { LocalImporter } from '../features/ingestion/imports/local-importer.js';
import { FleetModule } from '../features/fleet/fleet.module.js';
import { HealthModule } from './observability/health.module.js';
import { IngestionModule } from '../features/ingestion/ingestion.module.js';
import { ExpositionModule } from './observability/exposition.module.js';
import { PollsModule } from '../features/polls/polls.module.js';
import { ReportsModule } from '../features/reports/reports.module.js';
import { RetentionModule } from '../features/retention/retention.module.js';
import { RollupsModule } from '../features/rollups/rollups.module.js';
import { SchedulesModule } from '../features/schedules/schedules.module.js';
import { TimelinesModule } from '../features/timelines/timelines.module.js';
import { TimezonesModule } from '../features/timezones/timezones.module.js';

const FEATURES = [
  PollsModule,
  IngestionModule,
  TimezonesModule,
  RollupsModule,
  ReportsModule,
  SchedulesModule,
  TimelinesModule,
  FleetModule,
  RetentionModule,
];
const OBSERVING = [HealthModule, ExpositionModule];

/** All services, without controllers or servers. */
@Module({})
export class AppModule {
  static in(context: ProcessContext): DynamicModule {
    return {
      module: AppModule,
      imports: [CoreModule.in(context), AccessModule, ScheduleModule.forRoot(), ...FEATURES, ...OBSERVING],
      // the bulk thread, if there is one, imports files
      providers: [{ provide: Importer, useExisting: context.bulk ? BulkThread : LocalImporter }],
      exports: [Importer, AccessModule, ...FEATURES, ...OBSERVING],
    };
  }
}
