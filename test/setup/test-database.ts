import { randomBytes } from 'node:crypto';
import { Client } from 'pg';

export const TEMPLATE = 'storewatch_template';

/**
 * Creates a database for one test file, with the schema and no data. Its name is unique, so that files can run in
 * parallel. drop() also closes its remaining connections.
 */
export async function createTestDatabase(): Promise<{ url: string; drop(): Promise<void> }> {
  const server = process.env['STOREWATCH_TEST_DATABASE_URL'];
  if (server === undefined) throw new Error('There is no test server. Is globalSetup set in jest.config.js?');
  const name = `storewatch_test_${randomBytes(8).toString('hex')}`;
  // A fifth of the time of the default strategy, which writes the copy to the WAL.
  await execute(server, `CREATE DATABASE ${name} TEMPLATE ${TEMPLATE} STRATEGY file_copy`);
  return {
    url: databaseUrl(server, name),
    drop: async () => execute(server, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`),
  };
}

/** The URL of another database on the same server. */
export function databaseUrl(server: string, database: string): string {
  const url = new URL(server);
  url.pathname = `/${database}`;
  return url.href;
}

/** Runs one statement on a new connection. */
export async function execute(url: string, sql: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
