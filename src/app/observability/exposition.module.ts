import { Module } from '@nestjs/common';
import { HealthModule } from './health.module.js';
import { ReportsModule } from '../../features/reports/reports.module.js';
import { RollupsModule } from '../../features/rollups/rollups.module.js';
import { Exposition } from './exposition.js';

@Module({ imports: [HealthModule, ReportsModule, RollupsModule], providers: [Exposition], exports: [Exposition] })
export class ExpositionModule {}
