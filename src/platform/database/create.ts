import { Client, escapeIdentifier } from 'pg';
import { DomainError } from '#libs/errors.js';
import { connectionConfig } from './connect.js';
import { connectFailure, quoted, reasonOf } from './connect-failure.js';
import { parseDatabaseUrl } from './database-url.js';
import { errorCode } from './sql.js';

/** Exists on every server, unless it was dropped. */
const MAINTENANCE = 'postgres';
const DUPLICATE_DATABASE = '42P04';

/**
 * Creates the database named in the URL if it does not exist.
 * @throws DomainError unavailable, naming the missing privilege
 */
export async function createDatabase(url: string): Promise<void> {
  const target = parseDatabaseUrl(url);
  const config = connectionConfig(url);
  const client = new Client({ ...config, database: MAINTENANCE });
  client.on('error', () => {});
  try {
    await client.connect().catch((error: unknown) => {
      throw connectFailure(error, { ...target, database: MAINTENANCE });
    });
    const { rowCount } = await client.query('select from pg_database where datname = $1', [target.database]);
    if (rowCount === 0) await client.query(`create database ${escapeIdentifier(target.database)} encoding 'UTF8'`);
  } catch (error) {
    if (error instanceof DomainError) throw error;
    if (errorCode(error) === DUPLICATE_DATABASE) return;
    throw new DomainError(
      'unavailable',
      `Could not create the database ${target.database} of DATABASE_URL: ${reasonOf(error)}. As a superuser run: create database ${quoted(target.database)} owner ${quoted(target.user)}.`,
      { cause: error },
    );
  } finally {
    await client.end().catch(() => {});
  }
}
