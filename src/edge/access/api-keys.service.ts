import { createHash } from 'node:crypto';
import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { invalidArgument, notFound, quoteValue } from '#libs/errors.js';
import { MINUTE_MS, SECOND_MS } from '#libs/instant/instant.js';
import { Clock } from '../../platform/clock/clock.js';
import { formatApiKey, hashSecret, isSecretOf, newApiKey, parseApiKey } from './api-key.js';
import { type ApiKey, isUsable } from './api-key.entity.js';
import { ApiKeysRepository } from './api-keys.repository.js';
import type { Caller, Scope } from './scope.js';

/** How long a key that was verified is taken without a look at the database: so long a revoked one still works. */
export const REMEMBERED_MS = 5 * SECOND_MS;
export const MOST_REMEMBERED = 1_000;
const MAX_NAME_LENGTH = 100;
/** Errors show no more than this of what should be an id, with its quotes, and may be a whole key. */
const ID_SHOWN = 14;

/** Compared with when the id is unknown, so that the answer takes as long as with a wrong secret. */
const HASH_OF_NOBODY = hashSecret('');

/** API keys: made, revoked, verified. */
@Injectable()
export class ApiKeysService implements OnApplicationShutdown {
  private readonly logger = new Logger('Access');
  /** By the key's hash, so that no secret stays in memory; the oldest first. */
  private readonly remembered = new Map<string, { readonly caller: Caller; readonly untilMs: number }>();
  private recording: Promise<void> = Promise.resolve();

  constructor(
    private readonly keys: ApiKeysRepository,
    private readonly clock: Clock,
  ) {}

  /** @returns the key's text, which cannot be had again, and what is kept of it */
  async create(name: string, scopes: Scope[], validForMs?: number): Promise<{ text: string; key: ApiKey }> {
    if (name.trim() === '' || name.length > MAX_NAME_LENGTH) {
      throw invalidArgument('name', `${quoteValue(name)} is no name; write 1 to ${MAX_NAME_LENGTH} characters.`);
    }
    const { id, secret } = newApiKey();
    const nowMs = this.clock.nowMs();
    const key: ApiKey = {
      id,
      name,
      scopes,
      secretHash: hashSecret(secret),
      createdAt: new Date(nowMs),
      expiresAt: validForMs === undefined ? null : new Date(nowMs + validForMs),
      lastUsedAt: null,
      revokedAt: null,
    };
    await this.keys.create(key);
    return { text: formatApiKey({ id, secret }), key };
  }

  list(): Promise<ApiKey[]> {
    return this.keys.list();
  }

  async hasUsable(): Promise<boolean> {
    const nowMs = this.clock.nowMs();
    return (await this.keys.list()).some((key) => isUsable(key, nowMs));
  }

  /** Every process knows within REMEMBERED_MS. A repeat is safe. @throws DomainError not_found */
  async revoke(id: string): Promise<void> {
    if (await this.keys.revoke(id, new Date(this.clock.nowMs()))) return;
    throw notFound(`There is no API key ${quoteValue(id, ID_SHOWN)}; storewatch keys list shows the ids.`);
  }

  /** Whose key this is, if it was verified a moment ago. */
  recall(text: string): Caller | undefined {
    const known = this.remembered.get(memoryKey(text));
    return known && known.untilMs > this.clock.nowMs() ? known.caller : undefined;
  }

  /** Whose key this is; undefined when it is unknown, wrong, revoked or expired. */
  async verify(text: string): Promise<Caller | undefined> {
    const parts = parseApiKey(text);
    if (!parts) return undefined;
    const key = await this.keys.find(parts.id);
    const isRight = isSecretOf(parts.secret, key?.secretHash ?? HASH_OF_NOBODY);
    const nowMs = this.clock.nowMs();
    if (!key || !isRight || !isUsable(key, nowMs)) return undefined;
    const caller = { name: `key ${key.id}`, scopes: key.scopes };
    this.remember(text, caller, Math.min(nowMs + REMEMBERED_MS, key.expiresAt?.getTime() ?? Infinity));
    this.recordUse(key.id, nowMs);
    return caller;
  }

  private remember(text: string, caller: Caller, untilMs: number): void {
    const [oldest] = this.remembered.keys();
    if (oldest !== undefined && this.remembered.size >= MOST_REMEMBERED) this.remembered.delete(oldest);
    const key = memoryKey(text);
    this.remembered.delete(key); // so that it goes to the end
    this.remembered.set(key, { caller, untilMs });
  }

  /** Once a minute; the request does not wait for it, nor fail with it. */
  private recordUse(id: string, nowMs: number): void {
    const recorded = this.keys
      .recordUse(id, new Date(nowMs), new Date(nowMs - MINUTE_MS))
      .catch((error: Error) => this.logger.warn(`The last use of key ${id} was not recorded: ${error.message}`));
    this.recording = this.recording.then(() => recorded);
  }

  async onApplicationShutdown(): Promise<void> {
    await this.recording;
  }
}

const memoryKey = (text: string): string => createHash('sha256').update(text).digest('base64');
