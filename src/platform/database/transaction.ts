import type { Pool, PoolClient } from 'pg';
import { currentRequest } from './request-scope.js';
import { DEADLOCK_DETECTED, sqlState } from './sql.js';

type IsolationLevel = 'read committed' | 'repeatable read, read only';

/**
 * Locks the tables before the snapshot is taken. Otherwise a week removed right after it would be invisible to the
 * snapshot, and so would the rows kept from that week. https://www.postgresql.org/docs/current/sql-lock.html
 */
const HOLD_WEEKS = '; lock table only status_day, only uptime_day in access share mode';

/**
 * Runs `work` in one transaction on one connection: commits when it returns, rolls back when it throws. For a request,
 * PostgreSQL cancels a statement that exceeds STATEMENT_TIMEOUT.
 */
export async function inTransaction<T>(
  pool: Pool,
  work: (client: PoolClient) => Promise<T>,
  isolation: IsolationLevel = 'read committed',
): Promise<T> {
  const client = await pool.connect();
  const request = currentRequest();
  const timeout = request ? `; set local statement_timeout = ${request.statementTimeoutMs}` : '';
  let broken: Error | undefined;
  try {
    await client.query(
      `begin isolation level ${isolation}${timeout}${isolation === 'read committed' ? '' : HOLD_WEEKS}`,
    );
    const result = await work(client);
    await client.query('commit');
    return result;
  } catch (error) {
    // Reuse the connection only after an error that PostgreSQL reported. After any other error it may be in the middle
    // of a COPY, where a rollback would wait forever. Closing the connection also rolls back.
    if (sqlState(error) === undefined) broken = error instanceof Error ? error : new Error(String(error));
    else
      broken = await client.query('rollback').then(
        () => undefined,
        (rollbackError: Error) => rollbackError,
      );
    throw error;
  } finally {
    client.release(broken);
  }
}

/** Runs `read` in a transaction in which every query sees the same snapshot. */
export const inSnapshot = <T>(pool: Pool, read: (client: PoolClient) => Promise<T>): Promise<T> =>
  inTransaction(pool, read, 'repeatable read, read only');

/** How often a transaction is tried that loses a deadlock each time. */
const TRIES = 5;

/**
 * As `inTransaction`, but runs `work` again when the transaction was ended to resolve a deadlock. On Citus, a transaction that
 * creates a partition waits for the shards that others use.
 */
export async function despiteDeadlocks<T>(pool: Pool, work: (client: PoolClient) => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await inTransaction(pool, work);
    } catch (error) {
      if (tries === TRIES || sqlState(error) !== DEADLOCK_DETECTED) throw error;
    }
  }
}
