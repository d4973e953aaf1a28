import { Module } from '@nestjs/common';
import { APP_GUARD, DiscoveryModule } from '@nestjs/core';
import { Database } from '../database/database.js';
import { Access } from './access.js';
import { ApiKeysRepository } from './api-keys.repository.js';
import { ApiKeysService } from './api-keys.service.js';
import { GrpcAccess } from './grpc-access.js';
import { AccessGuard } from './http-access.js';

@Module({
  imports: [DiscoveryModule],
  providers: [
    Access,
    ApiKeysService,
    GrpcAccess,
    { provide: ApiKeysRepository, inject: [Database], useFactory: (db: Database) => new ApiKeysRepository(db.orm) },
    { provide: APP_GUARD, useClass: AccessGuard },
  ],
})
export class AccessModule {}
