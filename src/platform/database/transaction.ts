import type { Pool, PoolClient } from 'pg';
import { currentRequest } from './request-scope.js';
import { sqlState } from './sql.js';

type IsolationLevel = 'read committed' | 'repeatable read, read only';

/**
 * Before the snapshot is taken: a week that is removed after that would be gone for it, and what is left of the week would not
 * be there yet. https://www.postgresql.org/docs/current/sql-lock.html
 */
const HOLD_WEEKS = '; lock table only status_day, only uptime_day in access share mode';

/**
 * Runs `work` in one transaction on one connection: committed when it returns, rolled back when it throws. On behalf of a
 * request, PostgreSQL ends a statement that takes too long.
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
    // Only after an error of PostgreSQL's own is the connection sure to listen: after any other it may be in the middle
    // of a COPY, where a rollback would wait for ever. Closed, it is rolled back as well.
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

/** Runs `read` in a transaction in which every query sees the same moment. */
export const inSnapshot = <T>(pool: Pool, read: (client: PoolClient) => Promise<T>): Promise<T> =>
  inTransaction(pool, read, 'repeatable read, read only');
