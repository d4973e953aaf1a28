import { readZoneName } from '#libs/calendar/zone.js';
import { invalidArgument, quoteValue } from '#libs/errors.js';
import { BASES, type Basis } from '#libs/uptime/breakdown.js';

/** Readers of request fields, shared by REST and gRPC. RequestPipe has already removed empty query parameters. */

/** Whether a field was sent. An absent one is undefined in a query, and may be null in JSON and gRPC. */
export const isGiven = (value: unknown): boolean => value !== undefined && value !== null;

/** One of the names, or undefined if the field is absent. @throws DomainError invalid_argument */
export function readOneOf<Name extends string>(
  field: string,
  value: unknown,
  names: readonly Name[],
): Name | undefined {
  if (!isGiven(value)) return undefined;
  const name = names.find((each) => each === value);
  if (name !== undefined) return name;
  throw invalidArgument(field, `${field} must be ${alternatives(names)}, got ${quoteValue(value)}.`);
}

/** `all` if the field is absent. @throws DomainError invalid_argument */
export const readBasis = (value: unknown): Basis => readOneOf('basis', value, BASES) ?? 'all';

/** The IANA name of a timezone. @throws DomainError invalid_argument */
export function readZone(value: unknown): string {
  const zone = readZoneName(value);
  if ('value' in zone) return zone.value;
  throw invalidArgument('timezone', `timezone: ${zone.problem}.`);
}

/** `csv, json or ndjson` */
export const alternatives = (names: readonly string[]): string =>
  names.length === 1 ? names[0] : `${names.slice(0, -1).join(', ')} or ${names.at(-1)}`;
