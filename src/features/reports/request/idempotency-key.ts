import { createHash } from 'node:crypto';
import { DomainError, invalidArgument, quoteValue } from '#libs/errors.js';
import { isGiven } from '../../../edge/input/input.js';
import type { ReportOptions } from './report-options.js';
import type { Report } from '../record/report.entity.js';

/** Visible ASCII, as in an HTTP header. */
const KEY = /^[\x21-\x7e]{1,255}$/;

/** @returns undefined without a key. @throws DomainError invalid_argument */
export function readIdempotencyKey(value: string | undefined): string | undefined {
  if (value === undefined || value === '') return undefined;
  if (KEY.test(value)) return value;
  throw invalidArgument(
    'idempotency_key',
    `The idempotency key must be 1 to 255 visible ASCII characters, such as a UUID, got ${quoteValue(value)}.`,
  );
}

/**
 * A digest of what a request asked for, in 64 characters. An explicit default has the same digest as an omitted one.
 */
export function digestOf(options: ReportOptions): string {
  const { asOf, basis, format, stores, filter, windows, webhook, columns, groupBy } = options;
  const asked: unknown[] = [asOf ?? null, basis ?? 'all', format ?? 'csv', stores ?? null, windows ?? null];
  if (isGiven(webhook)) asked.push(webhook);
  if (isGiven(columns) || isGiven(groupBy)) asked.push({ columns: columns ?? null, groupBy: groupBy ?? null });
  if (isGiven(filter) && filter !== '') asked.push({ filter });
  return createHash('sha256').update(JSON.stringify(asked)).digest('hex');
}

/**
 * The report of an earlier request with the same key. @throws DomainError key_reused when that request was different
 */
export function sameRequest(earlier: Report, requestDigest: string): Report {
  if (earlier.requestDigest === requestDigest) return earlier;
  throw new DomainError(
    'key_reused',
    `The idempotency key ${quoteValue(earlier.idempotencyKey)} belongs to a different request, which made the report ${earlier.id}; use a new key.`,
    { field: 'idempotency_key' },
  );
}
