import { invalidArgument } from '../errors.js';
import { formatInstant, instantProblem, parseInstant } from './instant.js';

/** 1900-01-01: long before any real poll. PostgreSQL writes years before 1 in a different format. */
const EARLIEST_MS = Date.UTC(1900, 0, 1);

/**
 * Parses an instant of a request to epoch ms.
 * @param latestMs the latest allowed instant
 * @param tooLate  the problem if it is later, in words that follow the instant
 * @throws DomainError invalid_argument
 */
export function readInstant(field: string, value: unknown, latestMs: number, tooLate: string): number {
  const ms = typeof value === 'string' ? parseInstant(value) : undefined;
  if (ms === undefined) {
    throw invalidArgument(field, `${field}: ${instantProblem(value)}.`);
  }
  if (ms < EARLIEST_MS) {
    throw invalidArgument(field, `${field}: ${formatInstant(ms)} is before ${formatInstant(EARLIEST_MS)}.`);
  }
  if (ms > latestMs) {
    throw invalidArgument(field, `${field}: ${formatInstant(ms)} ${tooLate} ${formatInstant(latestMs)}.`);
  }
  return ms;
}
