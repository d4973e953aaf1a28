import { DomainError, invalidArgument, quoteValue } from '#libs/errors.js';
import type { StoreLimit } from '../../platform/database/store-limit.js';

/** `ingest` sends polls and files; `read` reads reports, timelines, outages, stores and imports; `admin` does everything. */
export const SCOPES = ['ingest', 'read', 'admin'] as const;
export type Scope = (typeof SCOPES)[number];

/** Reads `ingest,read`. @throws DomainError invalid_argument */
export function parseScopes(text: string): Scope[] {
  const names = new Set(text.split(',').map((name) => name.trim()));
  for (const name of names) {
    if (!SCOPES.includes(name as Scope)) {
      throw invalidArgument('scopes', `--scopes must be one or more of ${SCOPES.join(',')}, got ${quoteValue(name)}.`);
    }
  }
  return [...names] as Scope[];
}

/** Metadata key of a handler's scope. */
export const NEEDED = 'storewatch:scope';

/** The scope that the handler's decorator declares, or undefined. */
export const declaredScope = (handler: object): Scope | 'none' | undefined =>
  Reflect.getMetadata(NEEDED, handler) as Scope | 'none' | undefined;

/** Metadata key of a handler that shows or changes what all stores share. */
export const FOR_ALL_STORES = 'storewatch:for-all-stores';

/** Metadata key of a handler that manages API keys. */
export const MANAGES_KEYS = 'storewatch:manages-keys';

/** Checks what a handler needs beside a scope. @throws DomainError permission_denied */
export function authorizeHandler(caller: Caller, handler: object): void {
  if (Reflect.hasMetadata(FOR_ALL_STORES, handler)) authorizeForAllStores(caller);
  // A key that anyone made while keys were off would still be valid when they are on.
  if (!caller.isAnonymous || !Reflect.hasMetadata(MANAGES_KEYS, handler)) return;
  throw new DomainError(
    'permission_denied',
    'While API keys are off (API_KEYS), they are managed with storewatch keys only.',
  );
}

/** @throws DomainError permission_denied */
export function authorizeForAllStores({ name, limit }: Caller): void {
  if (!limit) return;
  throw new DomainError(
    'permission_denied',
    `The request needs an API key without a filter; ${name} is limited to the stores that match its filter.`,
  );
}

/** The sender of a request. */
export interface Caller {
  /** Shown in errors, and the key for rate limits: `key 0123456789ab`. */
  readonly name: string;
  readonly scopes: readonly Scope[];
  /** undefined: it may see all stores. */
  readonly limit?: StoreLimit | undefined;
  /** Whether API keys are off. */
  readonly isAnonymous?: boolean;
}

/** @throws DomainError permission_denied, or unauthenticated without a caller */
export function authorize(caller: Caller | undefined, declared: Scope | 'none' | undefined): void {
  const needed = declared ?? 'admin';
  if (needed === 'none') return;
  if (!caller)
    throw new DomainError(
      'unauthenticated',
      'The request needs an API key; send one as "Authorization: Bearer sw_...".',
    );
  if (caller.scopes.includes(needed) || caller.scopes.includes('admin')) return;
  const has = caller.scopes.join(', ');
  throw new DomainError(
    'permission_denied',
    `The request needs an API key with the scope ${needed}; ${caller.name} has ${has}.`,
  );
}
