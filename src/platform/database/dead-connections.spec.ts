import { afterEach, expect, it } from '@jest/globals';
import { Pool } from 'pg';
import { Proxy } from '../../../test/faults/proxy.js';
import { createTestDatabase } from '../../../test/setup/test-database.js';
import { endDeadConnections } from './dead-connections.js';
import { inTransaction } from './transaction.js';

const SILENT_MS = 100;
const LOOK_EVERY_MS = 10;

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

/** A pool whose connections go through a proxy that can be cut. */
async function watchedPool(): Promise<{ pool: Pool; network: Proxy }> {
  const database = await createTestDatabase();
  const url = new URL(database.url);
  const network = await Proxy.to(Number(url.port));
  url.host = `127.0.0.1:${network.port}`;
  const pool = new Pool({ connectionString: url.href });
  pool.on('connect', (client) => client.on('error', () => {}));
  endDeadConnections(pool, SILENT_MS, LOOK_EVERY_MS);
  closers.push(
    () => database.drop(),
    () => network.close(),
    () => pool.end(),
  );
  return { pool, network };
}

it('a query whose response is lost fails once PostgreSQL is no longer working on it', async () => {
  const { pool, network } = await watchedPool();
  const work = inTransaction(pool, async (client) => {
    await client.query('select 1');
    network.halfOpenAll();
    await client.query('select 2');
  });
  await expect(work).rejects.toMatchObject({ code: 'ECONNRESET' });
});

it('a query that PostgreSQL is still working on is not interrupted', async () => {
  const { pool } = await watchedPool();
  const { rows } = await pool.query('select 1 as one from pg_sleep(1)');
  expect(rows).toEqual([{ one: 1 }]);
});

it('a transaction that is idle between two queries is not interrupted', async () => {
  const { pool } = await watchedPool();
  const rows = await inTransaction(pool, async (client) => {
    await client.query('select 1');
    await new Promise((resolve) => setTimeout(resolve, 5 * SILENT_MS));
    return (await client.query('select 2 as two')).rows;
  });
  expect(rows).toEqual([{ two: 2 }]);
});
