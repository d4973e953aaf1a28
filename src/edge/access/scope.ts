import { DomainError, invalidArgument, quoteValue } from '#libs/errors.js';

/** What a key may do: send polls and files; read reports, timelines, outages, stores and imports; everything. */
export const SCOPES = ['ingest', 'read', 'admin'] as const;
export type Scope = (typeof SCOPES)[number];

/** Reads `ingest,read`. @throws DomainError invalid_argument */
export function parseScopes(text: string): Scope[] {
  const names = new Set(text.split(',').map((name) => name.trim()));
  for (const name of names) {
    if (!SCOPES.includes(name as Scope)) {
      throw invalidArgument('scopes', `--scopes: ${quoteValue(name)} is no scope; write some of ${SCOPES.join(',')}.`);
    }
  }
  return [...names] as Scope[];
}

/** Where a handler's decorator keeps it. */
export const NEEDED = 'storewatch:scope';

/** What was declared, or undefined. */
export const declaredScope = (handler: object): Scope | 'none' | undefined =>
  Reflect.getMetadata(NEEDED, handler) as Scope | 'none' | undefined;

/** Who sends a request. */
export interface Caller {
  /** For people and for counting: `key 0123456789ab`. */
  readonly name: string;
  readonly scopes: readonly Scope[];
}

/** @throws DomainError permission_denied, or unauthenticated when nobody knows who asks */
export function authorize(caller: Caller | undefined, declared: Scope | 'none' | undefined): void {
  const needed = declared ?? 'admin';
  if (needed === 'none') return;
  if (!caller) throw new DomainError('unauthenticated', 'An API key is needed here.');
  if (caller.scopes.includes(needed) || caller.scopes.includes('admin')) return;
  const has = caller.scopes.join(', ');
  throw new DomainError(
    'permission_denied',
    `This needs an API key with the scope ${needed}; ${caller.name} has ${has}.`,
  );
}
