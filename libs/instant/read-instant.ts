import { invalidArgument } from '../errors.js';
import { formatInstant, instantProblem, parseInstant } from './instant.js';

/** 1900-01-01: long before any poll that is taken; year 0 and what is before it PostgreSQL writes differently. */
const EARLIEST_MS = Date.UTC(1900, 0, 1);

/**
 * An instant of a request, epoch ms.
 * @param latestMs it may not be later
 * @param tooLate  what is wrong when it is, in words that follow the instant
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
