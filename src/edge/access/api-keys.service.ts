import { createHash } from 'node:crypto';
import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { invalidArgument, notFound, quoteValue } from '#libs/errors.js';
import { MINUTE_MS, SECOND_MS } from '#libs/instant/instant.js';
import { Clock } from '../../platform/clock/clock.js';
import { formatApiKey, hashSecret, isSecretOf, newApiKey, parseApiKey } from './api-key.js';
import { type ApiKey, isUsable } from './api-key.entity.js';
import { ApiKeysRepository } from './api-keys.repository.js';
import type { Caller, Scope } from './scope.js';

/** How long a verified key is accepted without a database query. A revoked key still works for this long. */
export const REMEMBERED_MS = 5 * SECOND_MS;
export const MAX_REMEMBERED = 1_000;
const MAX_NAME_LENGTH = 100;
/** Characters of a rejected id that an error shows, quotes included: it may be a whole key. */
const MAX_ID_SHOWN = 14;

/** Compared with if the id is unknown, so that the response takes as long as for a wrong secret. */
const DUMMY_HASH = hashSecret('');

/** Creates, revokes and verifies API keys. */
@Injectable()
export class ApiKeysService implements OnApplicationShutdown {
  private readonly logger = new Logger('Access');
  /** By a hash of the key, so that no secret stays in memory; oldest first. */
  private readonly remembered = new Map<string, { readonly caller: Caller; readonly untilMs: number }>();
  private recording: Promise<void> = Promise.resolve();

  constructor(
    private readonly keys: ApiKeysRepository,
    private readonly clock: Clock,
  ) {}

  /** @returns the key as text, which cannot be retrieved later, and the stored row */
  async create(name: string, scopes: Scope[], validForMs?: number): Promise<{ text: string; key: ApiKey }> {
    if (name.trim() === '' || name.length > MAX_NAME_LENGTH) {
      throw invalidArgument(
        'name',
        `name must have 1 to ${MAX_NAME_LENGTH} characters and not be blank, got ${quoteValue(name)}.`,
      );
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

  /** Takes effect in every process within REMEMBERED_MS. Safe to repeat. @throws DomainError not_found */
  async revoke(id: string): Promise<void> {
    if (await this.keys.revoke(id, new Date(this.clock.nowMs()))) return;
    throw notFound(`There is no API key ${quoteValue(id, MAX_ID_SHOWN)}. To list the ids, run: storewatch keys list`);
  }

  /** The caller with this key, if it was verified recently. */
  recall(text: string): Caller | undefined {
    const known = this.remembered.get(memoryKey(text));
    return known && known.untilMs > this.clock.nowMs() ? known.caller : undefined;
  }

  /** The caller with this key; undefined if it is unknown, wrong, revoked or expired. */
  async verify(text: string): Promise<Caller | undefined> {
    const parts = parseApiKey(text);
    if (!parts) return undefined;
    const key = await this.keys.find(parts.id);
    const isRight = isSecretOf(parts.secret, key?.secretHash ?? DUMMY_HASH);
    const nowMs = this.clock.nowMs();
    if (!key || !isRight || !isUsable(key, nowMs)) return undefined;
    const caller = { name: `key ${key.id}`, scopes: key.scopes };
    this.remember(text, caller, Math.min(nowMs + REMEMBERED_MS, key.expiresAt?.getTime() ?? Infinity));
    this.recordUse(key.id, nowMs);
    return caller;
  }

  private remember(text: string, caller: Caller, untilMs: number): void {
    const [oldest] = this.remembered.keys();
    if (oldest !== undefined && this.remembered.size >= MAX_REMEMBERED) this.remembered.delete(oldest);
    const key = memoryKey(text);
    this.remembered.delete(key); // moves it to the end
    this.remembered.set(key, { caller, untilMs });
  }

  /** At most once a minute. The request neither waits for it nor fails if it fails. */
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
