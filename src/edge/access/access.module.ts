import { Module } from '@nestjs/common';
import { Database } from '../../platform/database/database.js';
import { Access } from './access.js';
import { ApiKeysRepository } from './api-keys.repository.js';
import { ApiKeysService } from './api-keys.service.js';

/** API keys, and who may come in with one. What asks it of requests is part of ApiModule. */
@Module({
  providers: [
    Access,
    ApiKeysService,
    { provide: ApiKeysRepository, inject: [Database], useFactory: (db: Database) => new ApiKeysRepository(db.orm) },
  ],
  exports: [Access],
})
export class AccessModule {}
