import type { Pool } from 'pg';
import { DomainError } from '#libs/errors.js';
import { quoted, reasonOf } from './connect-failure.js';
import type { DatabaseTarget } from './database-url.js';
import { errorCode } from './sql.js';

/**
 * Turns a permission error of a migration or of the job queue's schema into one that names the missing privilege.
 * Returns any other error unchanged.
 */
export function rightFailure(error: unknown, { user, database }: DatabaseTarget): unknown {
  const code = errorCode(error);
  // For a user without USAGE on the schema "public", PostgreSQL reports that no schema exists (3F000).
  if (code !== '42501' && code !== '3F000') return error;
  const reason = reasonOf(error);
  const [, kind, name] = /permission denied for (schema|database) (.+)$/.exec(reason) ?? [];
  const grant =
    kind === 'database'
      ? `grant create on database ${quoted(name)} to ${quoted(user)}`
      : `grant usage, create on schema ${quoted(name ?? 'public')} to ${quoted(user)}`;
  const run =
    kind === undefined && code === '42501' ? `alter database ${quoted(database)} owner to ${quoted(user)}` : grant;
  return new DomainError(
    'unavailable',
    `The user ${user} of DATABASE_URL lacks a privilege in the database ${database}: ${reason}. As a superuser run there: ${run}.`,
    { cause: error },
  );
}

/**
 * Checks that the job queue can create or use its own schema.
 * @throws DomainError unavailable, naming the missing privilege
 */
export async function checkQueueRight(
  pool: Pool,
  { user, database }: Pick<DatabaseTarget, 'user' | 'database'>,
): Promise<void> {
  const { rows } = await pool.query(
    `select to_regnamespace('pgboss') is not null as "isThere",
       coalesce(has_schema_privilege(to_regnamespace('pgboss'), 'usage'), has_database_privilege(current_database(), 'create')) as may`,
  );
  const { isThere, may } = rows[0] as { isThere: boolean; may: boolean };
  if (may) return;
  const [lacking, run] = isThere
    ? [
        'use the schema pgboss',
        `alter schema pgboss owner to ${quoted(user)} (and its tables, or drop schema pgboss cascade while no job waits)`,
      ]
    : ['create the schema pgboss', `grant create on database ${quoted(database)} to ${quoted(user)}`];
  throw new DomainError(
    'unavailable',
    `The user ${user} of DATABASE_URL may not ${lacking} in the database ${database}, which the job queue needs. As a superuser run there: ${run}.`,
  );
}
