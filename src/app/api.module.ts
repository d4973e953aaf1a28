import { type DynamicModule, Module } from '@nestjs/common';
import { APP_GUARD, DiscoveryModule } from '@nestjs/core';
import { GrpcAccess } from '../edge/grpc/grpc-access.js';
import { AccessGuard } from '../edge/access/http-access.js';
import { AppModule } from './app.module.js';
import type { ProcessContext } from './core.module.js';
import { FleetGrpcController } from '../features/fleet/fleet.controller.grpc.js';
import { FleetRestController } from '../features/fleet/fleet.controller.rest.js';
import { GrpcHealth } from './observability/grpc-health.js';
import { HealthController } from './observability/health.controller.js';
import { IngestionGrpcController } from '../features/ingestion/ingestion.controller.grpc.js';
import { IngestionRestController } from '../features/ingestion/ingestion.controller.rest.js';
import { KeysGrpcController } from '../features/keys/keys.controller.grpc.js';
import { KeysRestController } from '../features/keys/keys.controller.rest.js';
import { ReportContentRestController } from '../features/reports/report-content.controller.rest.js';
import { ReportEventsRestController } from '../features/reports/report-events.controller.rest.js';
import { ReportsGrpcController } from '../features/reports/reports.controller.grpc.js';
import { ReportsRestController } from '../features/reports/reports.controller.rest.js';
import { SchedulesGrpcController } from '../features/schedules/schedules.controller.grpc.js';
import { SchedulesRestController } from '../features/schedules/schedules.controller.rest.js';
import { TimelinesGrpcController } from '../features/timelines/timelines.controller.grpc.js';
import { TimelinesRestController } from '../features/timelines/timelines.controller.rest.js';
import { TimezonesGrpcController } from '../features/timezones/timezones.controller.grpc.js';
import { TimezonesRestController } from '../features/timezones/timezones.controller.rest.js';
import { GrpcCalls } from '../edge/grpc/grpc-calls.js';

/** AppModule plus the controllers. They import many packages that other processes and the bulk thread do not need. */
@Module({})
export class ApiModule {
  static in(context: ProcessContext): DynamicModule {
    return {
      module: ApiModule,
      imports: [AppModule.in(context), DiscoveryModule],
      controllers: [
        FleetGrpcController,
        FleetRestController,
        HealthController,
        IngestionGrpcController,
        IngestionRestController,
        KeysGrpcController,
        KeysRestController,
        ReportContentRestController,
        ReportEventsRestController,
        ReportsGrpcController,
        ReportsRestController,
        SchedulesGrpcController,
        SchedulesRestController,
        TimelinesGrpcController,
        TimelinesRestController,
        TimezonesGrpcController,
        TimezonesRestController,
      ],
      providers: [{ provide: APP_GUARD, useClass: AccessGuard }, GrpcAccess, GrpcCalls, GrpcHealth],
    };
  }
}
