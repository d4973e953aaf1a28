import { Controller, UseFilters } from '@nestjs/common';
import type { ApiKey } from '../../edge/access/api-key.entity.js';
import { ApiKeysService } from '../../edge/access/api-keys.service.js';
import { ManagesKeys } from '../../edge/access/require-scope.js';
import type { Scope } from '../../edge/access/scope.js';
import { GrpcErrorFilter } from '../../edge/grpc/grpc-error.filter.js';
import { durationText, toProtoTimestamp } from '../../edge/grpc/proto-timestamp.js';
import type { Timestamp } from '../../generated/google/protobuf/timestamp.js';
import * as proto from '../../generated/storewatch/v1/keys_service.js';
import { readDuration, readScopes } from './key-input.js';

const SCOPES: Readonly<Record<Scope, proto.KeyScope>> = {
  ingest: proto.KeyScope.KEY_SCOPE_INGEST,
  read: proto.KeyScope.KEY_SCOPE_READ,
  admin: proto.KeyScope.KEY_SCOPE_ADMIN,
};

@Controller()
@UseFilters(GrpcErrorFilter)
@proto.KeysServiceControllerMethods()
export class KeysGrpcController implements proto.KeysServiceController {
  constructor(private readonly keys: ApiKeysService) {}

  @ManagesKeys()
  async createKey({ name, scopes, filter, validFor }: proto.CreateKeyRequest): Promise<proto.CreateKeyResponse> {
    const options = { validForMs: readDuration('valid_for', durationText(validFor)), filter: filter || undefined };
    const { key, text } = await this.keys.create(name, readScopes(scopes.map(scopeOf)), options);
    return { apiKey: toMessage(key), key: text };
  }

  @ManagesKeys()
  async listKeys(): Promise<proto.ListKeysResponse> {
    return { apiKeys: (await this.keys.list()).map(toMessage) };
  }

  @ManagesKeys()
  async rotateKey({ keyId, overlap }: proto.RotateKeyRequest): Promise<proto.RotateKeyResponse> {
    const { key, text } = await this.keys.rotate(keyId, readDuration('overlap', durationText(overlap)));
    return { apiKey: toMessage(key), key: text };
  }

  @ManagesKeys()
  async revokeKey({ keyId }: proto.RevokeKeyRequest): Promise<proto.RevokeKeyResponse> {
    await this.keys.revoke(keyId);
    return {};
  }
}

/** The name of a scope; an unknown number stays one, and is rejected. */
const scopeOf = (value: proto.KeyScope): unknown =>
  Object.entries(SCOPES).find(([, scope]) => scope === value)?.[0] ?? value;

const timeOf = (at: Date | null | undefined): Timestamp | undefined =>
  at ? toProtoTimestamp(at.getTime()) : undefined;

const toMessage = (key: ApiKey): proto.ApiKey => ({
  keyId: key.id,
  name: key.name,
  scopes: key.scopes.map((scope) => SCOPES[scope]),
  filter: key.filter ?? '',
  createdAt: toProtoTimestamp(key.createdAt.getTime()),
  expiresAt: timeOf(key.expiresAt),
  lastUsedAt: timeOf(key.lastUsedAt),
  revokedAt: timeOf(key.revokedAt),
  oldSecretValidUntil: timeOf(key.oldValidUntil),
});
