import type { PoolClient } from 'pg';
import { formatInstant } from '#libs/instant/instant.js';

/**
 * SQL that converts a timestamptz expression to epoch ms as a JavaScript number. Infinities stay infinite, and null
 * stays null.
 */
export const epochMs = (expression: string): string => `(extract(epoch from ${expression}) * 1000)::float8`;

/** Epoch ms as a timestamptz literal, including infinities. */
export const timestampText = (ms: number): string =>
  Number.isFinite(ms) ? formatInstant(ms) : ms < 0 ? '-infinity' : 'infinity';

/** The code of an error: a SQLSTATE when PostgreSQL reported it, otherwise Node's, such as ECONNREFUSED. */
export const errorCode = (error: unknown): string | undefined =>
  typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string'
    ? error.code
    : undefined;

/** SQLSTATE of an error that PostgreSQL reported, otherwise undefined. Constraint names are never compared. */
export function sqlState(error: unknown): string | undefined {
  const code = errorCode(error);
  return code !== undefined && /^[0-9A-Z]{5}$/.test(code) ? code : undefined;
}

export const UNIQUE_VIOLATION = '23505';
/** Also what Citus reports for any error of a COPY on a worker. */
export const INTERNAL_ERROR = 'XX000';
export const DEADLOCK_DETECTED = '40P01';

const LOCK_NOT_AVAILABLE = '55P03';

/** Bounds how long the rest of a transaction waits for a lock. */
export const limitLockWait = (client: PoolClient, seconds: number): Promise<unknown> =>
  client.query(`set local lock_timeout = '${seconds}s'`);

/** The result of `work`, or `otherwise` if another session held a lock for longer than the lock timeout. */
export async function unlessLocked<T>(work: Promise<T>, otherwise: T): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (sqlState(error) === LOCK_NOT_AVAILABLE) return otherwise;
    throw error;
  }
}

export const QUERY_CANCELED = '57014';

/**
 * SQLSTATE classes that mean that PostgreSQL is temporarily unavailable: connection, resources, shutdown. Also the code
 * of a standby that is not promoted yet: "cannot execute INSERT in a read-only transaction".
 */
const AWAY_STATES = /^(08|53|57P|25006|25P03)/;
const AWAY_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
]);
/** Messages of pg for errors without a code, and of Citus, whose code for a lost worker is that of an internal error. */
const AWAY_MESSAGES =
  /Connection terminated|timeout exceeded when trying to connect|not queryable|timeout expired|Cannot use a pool after|^failure on connection marked as essential|^terminating connection due to /;

/** Whether an error means that PostgreSQL is temporarily unavailable. */
export function isAway(error: unknown): boolean {
  const code = errorCode(error) ?? '';
  return (
    AWAY_STATES.test(code) || AWAY_CODES.has(code) || (error instanceof Error && AWAY_MESSAGES.test(error.message))
  );
}
