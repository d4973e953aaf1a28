import { type DynamicModule, Module } from '@nestjs/common';
import { APP_GUARD, DiscoveryModule } from '@nestjs/core';
import { GrpcAccess } from './access/grpc-access.js';
import { AccessGuard } from './access/http-access.js';
import { AppModule } from './app.module.js';
import type { Surroundings } from './core.module.js';
import { FleetGrpcController } from './fleet/fleet.controller.grpc.js';
import { FleetRestController } from './fleet/fleet.controller.rest.js';
import { GrpcHealth } from './health/grpc-health.js';
import { HealthController } from './health/health.controller.js';
import { IngestionGrpcController } from './ingestion/ingestion.controller.grpc.js';
import { IngestionRestController } from './ingestion/ingestion.controller.rest.js';
import { ReportContentRestController } from './reports/report-content.controller.rest.js';
import { ReportEventsRestController } from './reports/report-events.controller.rest.js';
import { ReportsGrpcController } from './reports/reports.controller.grpc.js';
import { ReportsRestController } from './reports/reports.controller.rest.js';
import { SchedulesGrpcController } from './schedules/schedules.controller.grpc.js';
import { SchedulesRestController } from './schedules/schedules.controller.rest.js';
import { TimelinesGrpcController } from './timelines/timelines.controller.grpc.js';
import { TimelinesRestController } from './timelines/timelines.controller.rest.js';
import { TimezonesGrpcController } from './timezones/timezones.controller.grpc.js';
import { TimezonesRestController } from './timezones/timezones.controller.rest.js';
import { GrpcCalls } from './transport/grpc-calls.js';

/** The program and its controllers. These load much that the other processes and the bulk thread do without. */
@Module({})
export class ApiModule {
  static in(surroundings: Surroundings): DynamicModule {
    return {
      module: ApiModule,
      imports: [AppModule.in(surroundings), DiscoveryModule],
      controllers: [
        FleetGrpcController,
        FleetRestController,
        HealthController,
        IngestionGrpcController,
        IngestionRestController,
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
