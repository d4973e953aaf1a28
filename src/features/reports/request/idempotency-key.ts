import { createHash } from 'node:crypto';
import { DomainError, invalidArgument, quoteValue } from '#libs/errors.js';
import type { ReportOptions } from './report-options.js';
import type { Report } from '../record/report.entity.js';

/** Visible ASCII, as in an HTTP header. */
const KEY = /^[\x21-\x7e]{1,255}$/;

/** @returns undefined: the request has no key. @throws DomainError invalid_argument */
export function readIdempotencyKey(value: string | undefined): string | undefined {
  if (value === undefined || value === '') return undefined;
  if (KEY.test(value)) return value;
  throw invalidArgument(
    'idempotency_key',
    `The idempotency key ${quoteValue(value)} cannot be used; take 1 to 255 visible ASCII characters, such as a UUID.`,
  );
}

/** What a request asked for, in 64 characters. A default that is written out asks for the same. */
export function digestOf({ asOf, basis, format, stores, windows, webhook }: ReportOptions): string {
  const asked = [asOf ?? null, basis ?? 'all', format ?? 'csv', stores ?? null, windows ?? null];
  if (webhook !== undefined && webhook !== null) asked.push(webhook);
  return createHash('sha256').update(JSON.stringify(asked)).digest('hex');
}

/** The report of an earlier request with the same key. @throws DomainError key_reused when that asked for something else */
export function sameRequest(earlier: Report, requestDigest: string): Report {
  if (earlier.requestDigest === requestDigest) return earlier;
  throw new DomainError(
    'key_reused',
    `The idempotency key ${quoteValue(earlier.idempotencyKey)} belongs to another request, of the report ${earlier.id}; take a new one.`,
    'idempotency_key',
  );
}
