import { invalidArgument, quoteValue } from '#libs/errors.js';
import { DURATION_FORM, parseDuration } from '#libs/instant/duration.js';
import { SCOPES, type Scope } from '../../edge/access/scope.js';
import { isGiven } from '../../edge/input/input.js';

/** @throws DomainError invalid_argument */
export function readKeyName(value: unknown): string {
  if (typeof value === 'string') return value;
  throw invalidArgument('name', `name must be a string, got ${quoteValue(value)}.`);
}

/** A list of scopes, without repetitions. @throws DomainError invalid_argument */
export function readScopes(value: unknown): Scope[] {
  const scopes = Array.isArray(value) ? (value as unknown[]) : [];
  const unknown = scopes.findIndex((scope) => !SCOPES.some((known) => known === scope));
  if (unknown >= 0) {
    const field = `scopes[${unknown}]`;
    throw invalidArgument(field, `${field} must be ${SCOPES.join(', ')}, got ${quoteValue(scopes[unknown])}.`);
  }
  if (scopes.length === 0) {
    throw invalidArgument('scopes', `scopes must be a list of ${SCOPES.join(', ')}, got ${quoteValue(value)}.`);
  }
  return [...new Set(scopes)] as Scope[];
}

/** The text of a filter, which is not checked here; undefined: all stores. @throws DomainError invalid_argument */
export function readKeyFilter(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'string') return value;
  throw invalidArgument('filter', `filter must be a string, got ${quoteValue(value)}.`);
}

/** A duration in ms, such as `24h`; undefined: absent. @throws DomainError invalid_argument */
export function readDuration(field: string, value: unknown): number | undefined {
  if (!isGiven(value)) return undefined;
  const ms = typeof value === 'string' ? (value === '0' ? 0 : parseDuration(value)) : undefined;
  if (ms !== undefined) return ms;
  throw invalidArgument(field, `${field} must be ${DURATION_FORM}, got ${quoteValue(value)}.`);
}
