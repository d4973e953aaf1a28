import { Module } from '@nestjs/common';
import { Access } from './access.js';
import { ApiKeysRepository } from './api-keys.repository.js';
import { ApiKeysService } from './api-keys.service.js';

/** API keys and authentication. The guards and interceptors that use them belong to ApiModule. */
@Module({
  providers: [Access, ApiKeysService, ApiKeysRepository],
  exports: [Access, ApiKeysService],
})
export class AccessModule {}
