import { createHash } from 'node:crypto';
import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { formatDuration } from '#libs/instant/duration.js';
import { DomainError, invalidArgument, notFound, quoteValue } from '#libs/errors.js';
import { DAY_MS, MINUTE_MS, SECOND_MS } from '#libs/instant/instant.js';
import { Clock } from '../../platform/clock/clock.js';
import { formatApiKey, hashSecret, isSecretOf, newApiKey, parseApiKey } from './api-key.js';
import { type ApiKey, isUsable } from './api-key.entity.js';
import { ApiKeysRepository } from './api-keys.repository.js';
import { readStoreFilter } from '../filter/store-filter.js';
import type { StoreLimit } from '../../platform/database/store-limit.js';
import type { Caller, Scope } from './scope.js';

/** How long a verified key is accepted without a database query. A revoked key still works for this long. */
export const REMEMBERED_MS = 5 * SECOND_MS;
export const MAX_REMEMBERED = 1_000;
const MAX_NAME_LENGTH = 100;
export const DEFAULT_OVERLAP_MS = DAY_MS;
const MAX_OVERLAP_MS = 365 * DAY_MS;
const MAX_VALID_MS = 36_500 * DAY_MS;
/** Other text is no id, and PostgreSQL might not accept it. */
const KEY_ID = /^[0-9a-f]{12}$/;
/** Characters of a rejected id that an error shows, quotes included: it may be a whole key. */
const MAX_ID_SHOWN = 14;

/** Compared with if the id is unknown, so that the response takes as long as for a wrong secret. */
const DUMMY_HASH = hashSecret('');

export interface KeyOptions {
  /** undefined: until it is revoked. */
  readonly validForMs?: number | undefined;
  /** Text of a filter: the key sees and changes only stores that match. undefined: all stores. */
  readonly filter?: string | undefined;
}

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

  /**
   * @returns the key as text, which cannot be retrieved later, and the stored row
   * @throws DomainError invalid_argument
   */
  async create(
    name: string,
    scopes: Scope[],
    { validForMs, filter }: KeyOptions = {},
  ): Promise<{ text: string; key: ApiKey }> {
    if (name.trim() === '' || name.length > MAX_NAME_LENGTH) {
      throw invalidArgument(
        'name',
        `name must have 1 to ${MAX_NAME_LENGTH} characters and not be blank, got ${quoteValue(name)}.`,
      );
    }
    if (filter !== undefined) readLimit(filter);
    if (validForMs !== undefined && (validForMs <= 0 || validForMs > MAX_VALID_MS)) {
      const longest = formatDuration(MAX_VALID_MS);
      throw invalidArgument('valid_for', `valid_for must be 1s to ${longest}, got ${formatDuration(validForMs)}.`);
    }
    const { id, secret } = newApiKey();
    const nowMs = this.clock.nowMs();
    const key: ApiKey = {
      id,
      name,
      scopes,
      secretHash: hashSecret(secret),
      filter: filter ?? null,
      oldSecretHash: null,
      oldValidUntil: null,
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
    if (KEY_ID.test(id) && (await this.keys.revoke(id, new Date(this.clock.nowMs())))) return;
    throw noKey(id);
  }

  /**
   * Gives a key a new secret.
   * @param overlapMs how long the key's text before is still valid; a text from before the last rotation no longer is
   * @returns the key as text, which cannot be retrieved later, and the stored row
   * @throws DomainError not_found; conflict if it is revoked or has expired; invalid_argument
   */
  async rotate(id: string, overlapMs = DEFAULT_OVERLAP_MS): Promise<{ text: string; key: ApiKey }> {
    if (overlapMs < 0 || overlapMs > MAX_OVERLAP_MS) {
      const longest = formatDuration(MAX_OVERLAP_MS);
      throw invalidArgument('overlap', `overlap must be at most ${longest}, got ${formatDuration(overlapMs)}.`);
    }
    const before = KEY_ID.test(id) ? await this.keys.find(id) : null;
    if (!before) throw noKey(id);
    const nowMs = this.clock.nowMs();
    const { secret } = newApiKey();
    const isUsableStill =
      isUsable(before, nowMs) && (await this.keys.rotate(id, hashSecret(secret), new Date(nowMs + overlapMs)));
    if (!isUsableStill) {
      throw new DomainError('conflict', `The API key ${id} is revoked or has expired; create a new one.`);
    }
    return { text: formatApiKey({ id, secret }), key: (await this.keys.find(id))! };
  }

  /**
   * The id of the only usable key with a name.
   * @param nameOrId an id is returned as it is
   * @throws DomainError not_found, conflict if several have the name
   */
  async idOf(nameOrId: string): Promise<string> {
    const nowMs = this.clock.nowMs();
    const all = await this.keys.list();
    if (all.some(({ id }) => id === nameOrId)) return nameOrId;
    const [first, second] = all.filter((key) => key.name === nameOrId && isUsable(key, nowMs));
    if (!first) throw noKey(nameOrId);
    if (!second) return first.id;
    throw new DomainError('conflict', `Several API keys have the name ${quoteValue(nameOrId)}; name one by its id.`);
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
    const nowMs = this.clock.nowMs();
    const untilMs = validUntilMs(parts.secret, key, nowMs);
    if (!key || untilMs === undefined) return undefined;
    const caller = { name: `key ${key.id}`, scopes: key.scopes, limit: this.limitOf(key) };
    this.remember(text, caller, Math.min(nowMs + REMEMBERED_MS, untilMs));
    this.recordUse(key.id, nowMs);
    return caller;
  }

  /** @throws Error if this version cannot read the filter: the key must not see all stores */
  private limitOf({ id, filter }: ApiKey): StoreLimit | undefined {
    if (filter === null || filter === undefined) return undefined;
    try {
      return readLimit(filter);
    } catch (error) {
      throw new Error(`The filter of the API key ${id} cannot be read.`, { cause: error });
    }
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

/** @throws DomainError invalid_argument, also if the filter selects all stores */
function readLimit(text: string): StoreLimit {
  const filter = readStoreFilter(text);
  if (filter) return { text, filter };
  throw invalidArgument('filter', `filter must not be empty, got ${quoteValue(text)}.`);
}

/** Until when a key is valid with this secret, epoch ms; undefined: it is not. Compares with one hash or two, whatever they are. */
function validUntilMs(secret: string, key: ApiKey | null, nowMs: number): number | undefined {
  const isCurrent = isSecretOf(secret, key?.secretHash ?? DUMMY_HASH);
  const isOld = isSecretOf(secret, key?.oldSecretHash ?? DUMMY_HASH);
  if (!key || !isUsable(key, nowMs)) return undefined;
  const endMs = key.expiresAt?.getTime() ?? Infinity;
  const oldEndMs = Math.min(endMs, key.oldValidUntil?.getTime() ?? -Infinity);
  if (isCurrent) return endMs;
  return isOld && oldEndMs > nowMs ? oldEndMs : undefined;
}

const noKey = (id: string): DomainError =>
  notFound(`There is no API key ${quoteValue(id, MAX_ID_SHOWN)}. To list the ids, run: storewatch keys list`);

const memoryKey = (text: string): string => createHash('sha256').update(text).digest('base64');
