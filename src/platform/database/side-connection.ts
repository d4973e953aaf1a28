import { Client, type ClientConfig } from 'pg';

const TIMEOUT_MS = 5_000;

/**
 * Runs one query on a separate connection, for when the pool has no free connection or its connections are dead.
 * @param options the pool's options
 * @returns the number of rows
 */
export async function queryOnSideConnection(options: ClientConfig, text: string, values: unknown[]): Promise<number> {
  // pg makes the password non-enumerable, so the spread does not copy it.
  const client = new Client({ ...options, password: options.password, query_timeout: TIMEOUT_MS });
  client.on('error', () => {});
  try {
    await client.connect();
    return (await client.query(text, values)).rows.length;
  } finally {
    void client.end().catch(() => {});
  }
}
