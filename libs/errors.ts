/**
 * The domain's error codes. Transports translate them (src/edge/errors/error-table.ts); the domain does not know HTTP
 * or gRPC.
 */
export type ErrorCode =
  | 'invalid_argument' // the caller can correct the request
  | 'not_found'
  | 'gone' // it existed, and was removed for good
  | 'not_ready' // too early: the same request will succeed later
  | 'conflict' // contradicts the current state
  | 'precondition_failed' // the caller's precondition does not hold
  | 'out_of_range' // beyond the end
  | 'unprocessable' // well-formed, but its content cannot be used
  | 'key_reused' // the idempotency key was used with a different request
  | 'too_large' // over a limit that the message names
  | 'unsupported' // a format that the server does not read
  | 'method_not_allowed' // the resource exists, but does not support this method
  | 'resource_exhausted' // over a concurrency limit; try again later
  | 'deadline_exceeded' // took longer than allowed
  | 'cancelled' // the client disconnected
  | 'unauthenticated' // the caller's identity is unknown
  | 'permission_denied' // the caller is known but not allowed
  | 'unavailable' // a dependency (database, storage) does not respond
  | 'internal';

/** One problem of a request. */
export interface Fault {
  /** As in DomainError. */
  readonly field: string;
  readonly message: string;
}

export interface DomainErrorOptions extends ErrorOptions {
  /** The invalid input field, as the caller spelled it. */
  readonly field?: string | undefined;
  /** Additional fields for the caller, as a JSON object: `{ import: … }`. */
  readonly details?: Readonly<Record<string, unknown>>;
  /** After this time the same request may succeed. */
  readonly retryAfterSeconds?: number | undefined;
  /** All problems, including the first, if several fields are invalid. */
  readonly faults?: readonly Fault[];
}

export class DomainError extends Error {
  override readonly name = 'DomainError';

  /** The invalid input field, as the caller spelled it: `as_of`, `business_hours[2].day_of_week`. */
  readonly field?: string | undefined;
  readonly faults: readonly Fault[];
  readonly details: Readonly<Record<string, unknown>>;
  readonly retryAfterSeconds: number | undefined;

  constructor(
    readonly code: ErrorCode,
    message: string,
    { field, details = {}, retryAfterSeconds, faults, ...options }: DomainErrorOptions = {},
  ) {
    super(message, options);
    if (field !== undefined) this.field = field;
    this.faults = faults ?? (field === undefined ? [] : [{ field, message }]);
    this.details = details;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

export const invalidArgument = (field: string, message: string): DomainError =>
  new DomainError('invalid_argument', message, { field });

export const notFound = (message: string): DomainError => new DomainError('not_found', message);

/**
 * Truncates a value so that its JSON text has about the given number of characters. Serializing a list of 19 MB only to
 * truncate its text took 0.3 s.
 */
function beginningOf(value: unknown, left: { characters: number }): unknown {
  left.characters--; // every value takes at least one character
  if (typeof value === 'string') {
    const text = value.slice(0, Math.max(0, left.characters) + 1);
    left.characters -= text.length;
    return text;
  }
  // A value with toJSON, such as a date, formats itself.
  if (typeof value !== 'object' || value === null || typeof Reflect.get(value, 'toJSON') === 'function') return value;
  if (Array.isArray(value)) {
    const items: unknown[] = [];
    for (let i = 0; i < value.length && left.characters > 0; i++) items.push(beginningOf(value[i], left));
    return items;
  }
  const fields: [string, unknown][] = [];
  for (const name in value) {
    if (left.characters <= 0) break;
    left.characters -= name.length;
    fields.push([name, beginningOf(Reflect.get(value, name), left)]);
  }
  return Object.fromEntries(fields);
}

/** The value as shown in an error message: quoted, control characters escaped, truncated to a readable length. */
export function quoteValue(value: unknown, maxLength = 60): string {
  const shown = beginningOf(value, { characters: maxLength });
  const text = JSON.stringify(shown) ?? String(shown);
  if (text.length <= maxLength) return text;
  // Never cut a surrogate pair in half: PostgreSQL's JSON and gRPC reject a lone surrogate.
  const isSplit = /[\ud800-\udbff]/.test(text[maxLength - 1]);
  return `${text.slice(0, isSplit ? maxLength - 1 : maxLength)}…`;
}
