import { Module } from '@nestjs/common';
import { HealthService } from './health.service.js';
import { Readiness } from './readiness.js';

@Module({ providers: [HealthService, Readiness], exports: [HealthService, Readiness] })
export class HealthModule {}
