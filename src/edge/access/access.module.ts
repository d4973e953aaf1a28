import { Module } from '@nestjs/common';
import { Access } from './access.js';
import { ApiKeysRepository } from './api-keys.repository.js';
import { ApiKeysService } from './api-keys.service.js';

/** API keys, and who may come in with one. What asks it of requests is part of ApiModule. */
@Module({
  providers: [Access, ApiKeysService, ApiKeysRepository],
  exports: [Access],
})
export class AccessModule {}
