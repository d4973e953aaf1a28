import { Client, type ClientConfig } from 'pg';

const TIMEOUT_MS = 5_000;

/**
 * One query over a connection of its own, beside a pool that may have none left, or none that is heard.
 * @param options the pool's
 * @returns how many rows came
 */
export async function queryOnSideConnection(options: ClientConfig, text: string, values: unknown[]): Promise<number> {
  // pg hides the password from copies
  const client = new Client({ ...options, password: options.password, query_timeout: TIMEOUT_MS });
  client.on('error', () => {});
  try {
    await client.connect();
    return (await client.query(text, values)).rows.length;
  } finally {
    void client.end().catch(() => {});
  }
}
