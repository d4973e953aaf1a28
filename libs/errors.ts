/**
 * What can go wrong, in the domain's own words. Transports translate these (src/edge/errors/error-table.ts); nothing in
 * the domain knows of HTTP or gRPC.
 */
export type ErrorCode =
  | 'invalid_argument' // the caller can mend the request
  | 'not_found'
  | 'gone' // it was there, and will not come back
  | 'not_ready' // asked too early: the same request will succeed later
  | 'conflict' // contradicts what is there
  | 'precondition_failed' // what the caller takes for true of it is not
  | 'out_of_range' // beyond the end
  | 'unprocessable' // it can be read, but what it says cannot be used
  | 'key_reused' // an idempotency key came with another request before
  | 'too_large' // over a limit that the message names
  | 'unsupported' // a format that we do not read
  | 'method_not_allowed' // what is asked for is there, but not to be used so
  | 'resource_exhausted' // more at once than is allowed; later it will go
  | 'deadline_exceeded' // it took longer than is allowed
  | 'cancelled' // whoever asked has gone
  | 'unauthenticated' // nobody knows who asks
  | 'permission_denied' // who asks may not
  | 'unavailable' // a part we need (database, storage) does not answer
  | 'internal';

/** One of the things that are wrong with a request. */
export interface Fault {
  /** As in DomainError. */
  readonly field: string;
  readonly message: string;
}

export class DomainError extends Error {
  override readonly name = 'DomainError';

  constructor(
    readonly code: ErrorCode,
    message: string,
    /** The input field at fault, as the caller spelt it: `as_of`, `business_hours[2].day_of_week`. */
    readonly field?: string,
    options?: ErrorOptions & {
      /** More for the caller, in the shape of a JSON object: `{ import: … }`. */
      details?: Readonly<Record<string, unknown>>;
      /** After how long the same request may succeed. */
      retryAfterSeconds?: number;
      /** Where several fields are at fault: each of them, the first one too. */
      faults?: readonly Fault[];
    },
  ) {
    super(message, options);
    this.faults = options?.faults ?? (field === undefined ? [] : [{ field, message }]);
    this.details = options?.details ?? {};
    this.retryAfterSeconds = options?.retryAfterSeconds;
  }

  readonly faults: readonly Fault[];
  readonly details: Readonly<Record<string, unknown>>;
  readonly retryAfterSeconds: number | undefined;
}

export const invalidArgument = (field: string, message: string): DomainError =>
  new DomainError('invalid_argument', message, field);

export const notFound = (message: string): DomainError => new DomainError('not_found', message);

/**
 * As much of a value as makes a JSON text of so many characters: serialising the rest, only to cut it off, took 0.3 s for a list of
 * 19 MB.
 */
function beginningOf(value: unknown, left: { characters: number }): unknown {
  left.characters--; // what it takes at the least
  if (typeof value === 'string') {
    const text = value.slice(0, Math.max(0, left.characters) + 1);
    left.characters -= text.length;
    return text;
  }
  // a date, say, has a text of its own
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

/** The value as an error message shows it: quoted, control characters escaped, cut to a readable length. */
export function quoteValue(value: unknown, maxLength = 60): string {
  const shown = beginningOf(value, { characters: maxLength });
  const text = JSON.stringify(shown) ?? String(shown);
  if (text.length <= maxLength) return text;
  // half of a surrogate pair is no text: PostgreSQL's JSON and gRPC's messages refuse it
  const isSplit = /[\ud800-\udbff]/.test(text[maxLength - 1]);
  return `${text.slice(0, isSplit ? maxLength - 1 : maxLength)}…`;
}
