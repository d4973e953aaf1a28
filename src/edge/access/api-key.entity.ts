import { type InferEntity, defineEntity, p } from '@mikro-orm/core';
import type { Scope } from './scope.js';

export const ApiKey = defineEntity({
  name: 'ApiKey',
  tableName: 'api_key',
  properties: {
    id: p.text().primary(),
    /** A label; need not be unique. */
    name: p.text(),
    scopes: p.array().$type<Scope[]>(),
    /** SHA-256 of the secret. */
    secretHash: p.blob(),
    /** Limits the key to the stores that match; null: all stores. */
    filter: p.text().nullable(),
    /** The secret before the last rotation, and until when it is valid. */
    oldSecretHash: p.blob().nullable(),
    oldValidUntil: p.datetime().nullable(),
    createdAt: p.datetime(),
    expiresAt: p.datetime().nullable(),
    /** Updated at most once a minute. */
    lastUsedAt: p.datetime().nullable(),
    revokedAt: p.datetime().nullable(),
  },
});
export type ApiKey = InferEntity<typeof ApiKey>;

export const isUsable = ({ revokedAt, expiresAt }: ApiKey, nowMs: number): boolean =>
  !revokedAt && (!expiresAt || expiresAt.getTime() > nowMs);
