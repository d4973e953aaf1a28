import { Injectable } from '@nestjs/common';
import { MikroORM } from '@mikro-orm/postgresql';
import { ApiKey } from './api-key.entity.js';

/** Owns the table api_key. */
@Injectable()
export class ApiKeysRepository {
  constructor(private readonly orm: MikroORM) {}

  async create(key: ApiKey): Promise<void> {
    await this.orm.em.fork().insert(ApiKey, key);
  }

  find(id: string): Promise<ApiKey | null> {
    return this.orm.em.fork().findOne(ApiKey, { id });
  }

  /** All keys, newest first. */
  list(): Promise<ApiKey[]> {
    return this.orm.em.fork().find(ApiKey, {}, { orderBy: { createdAt: 'desc', id: 'asc' } });
  }

  /** A key that is already revoked keeps its time. @returns whether the key exists */
  async revoke(id: string, at: Date): Promise<boolean> {
    const em = this.orm.em.fork();
    await em.nativeUpdate(ApiKey, { id, revokedAt: null }, { revokedAt: at });
    return (await em.count(ApiKey, { id })) > 0;
  }

  /**
   * Replaces the secret of a key that is not revoked. The secret before stays as the old one.
   * @returns whether there is such a key
   */
  async rotate(id: string, secretHash: Buffer, oldValidUntil: Date): Promise<boolean> {
    const changed: unknown[] = await this.orm.em.fork().execute(
      `update api_key set old_secret_hash = secret_hash, old_valid_until = ?, secret_hash = ?
       where id = ? and revoked_at is null returning id`,
      [oldValidUntil, secretHash, id],
    );
    return changed.length > 0;
  }

  /** Writes nothing if any process has already recorded a use after `unlessSince`. */
  async recordUse(id: string, at: Date, unlessSince: Date): Promise<void> {
    await this.orm.em
      .fork()
      .nativeUpdate(
        ApiKey,
        { id, $or: [{ lastUsedAt: null }, { lastUsedAt: { $lte: unlessSince } }] },
        { lastUsedAt: at },
      );
  }
}
