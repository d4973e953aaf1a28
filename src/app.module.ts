import { type DynamicModule, Module } from '@nestjs/common';
import { ScheduleModule } from '@nestjs/schedule';
import { AccessModule } from './access/access.module.js';
import { CoreModule, type Surroundings } from './core.module.js';
import { FleetModule } from './fleet/fleet.module.js';
import { HealthModule } from './health/health.module.js';
import { IngestionModule } from './ingestion/ingestion.module.js';
import { ExpositionModule } from './metrics/exposition.module.js';
import { ReportsModule } from './reports/reports.module.js';
import { RetentionModule } from './retention/retention.module.js';
import { RollupsModule } from './rollups/rollups.module.js';
import { SchedulesModule } from './schedules/schedules.module.js';
import { TimelinesModule } from './timelines/timelines.module.js';
import { TimezonesModule } from './timezones/timezones.module.js';

const FEATURES = [
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

/** The services, without anything that listens. */
@Module({})
export class AppModule {
  static in(surroundings: Surroundings): DynamicModule {
    return {
      module: AppModule,
      imports: [CoreModule.in(surroundings), AccessModule, ScheduleModule.forRoot(), ...FEATURES, ...OBSERVING],
      exports: [AccessModule, ...FEATURES, ...OBSERVING],
    };
  }
}
