import { MikroORM } from '@mikro-orm/postgresql';
import { type DynamicModule, Global, Module } from '@nestjs/common';
import { Pool } from 'pg';
import { BulkThread } from './bulk/bulk-thread.js';
import { Clock } from '../platform/clock/clock.js';
import { Settings } from '../platform/config/settings.js';
import { Database } from '../platform/database/database.js';
import { Jobs } from '../platform/jobs/jobs.js';
import { Metrics } from '../platform/metrics/metrics.js';
import { Roles } from '../platform/config/roles.js';
import { openStorage } from '../platform/storage/open-storage.js';
import { Storage } from '../platform/storage/storage.js';

/** What is created before the modules. */
export interface ProcessContext {
  readonly settings: Settings;
  readonly database: Database;
  readonly roles: Roles;
  readonly clock: Clock;
  /** The thread that imports files. Undefined: this thread does. */
  readonly bulk?: BulkThread | undefined;
}

/** Providers for every module: settings, clock, database, job queue, metrics, storage. */
@Global()
@Module({})
export class CoreModule {
  static in({ settings, database, roles, clock, bulk }: ProcessContext): DynamicModule {
    return {
      module: CoreModule,
      providers: [
        { provide: Settings, useValue: settings },
        { provide: Database, useValue: database },
        { provide: Pool, useValue: database.pool },
        { provide: MikroORM, useValue: database.orm },
        { provide: Roles, useValue: roles },
        { provide: Clock, useValue: clock },
        ...(bulk ? [{ provide: BulkThread, useValue: bulk }] : []),
        { provide: Jobs, useFactory: () => new Jobs(database.url) },
        Metrics,
        { provide: Storage, useFactory: () => openStorage(settings.storage) },
      ],
      exports: [
        Settings,
        Database,
        Pool,
        MikroORM,
        Roles,
        Clock,
        Jobs,
        Metrics,
        Storage,
        ...(bulk ? [BulkThread] : []),
      ],
    };
  }
}
