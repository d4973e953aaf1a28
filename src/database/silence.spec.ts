import { afterEach, expect, it } from '@jest/globals';
import { Pool } from 'pg';
import { type Cable, cable } from '../../test/setup/cable.js';
import { createTestDatabase } from '../../test/setup/test-database.js';
import { endSilentConnections } from './silence.js';
import { inTransaction } from './transaction.js';

const SILENT_MS = 100;
const LOOK_EVERY_MS = 10;

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

async function watchedPool(): Promise<{ pool: Pool; line: Cable }> {
  const database = await createTestDatabase();
  const line = await cable(database.url);
  const around = new Pool({ connectionString: database.url });
  // what is asked goes another way than what is cut, as after the cut it would
  const pool = new Pool({ connectionString: line.url });
  pool.on('error', () => {});
  pool.on('connect', (client) => client.on('error', () => {}));
  endSilentConnections(
    new Proxy(pool, {
      get: (target, key) => (key === 'options' ? around.options : Reflect.get(target, key, target)),
    }),
    SILENT_MS,
    LOOK_EVERY_MS,
  );
  closers.push(
    () => database.drop(),
    line.cut,
    () => around.end(),
    () => pool.end(),
  );
  return { pool, line };
}

it('a query whose answer never comes fails when PostgreSQL has nothing to do with it any more', async () => {
  const { pool, line } = await watchedPool();
  const work = inTransaction(pool, async (client) => {
    await client.query('select 1');
    line.pull();
    await client.query('select 2');
  });
  await expect(work).rejects.toMatchObject({ code: 'ECONNRESET' });
});

it('a query that PostgreSQL works on is waited for', async () => {
  const { pool } = await watchedPool();
  const { rows } = await pool.query('select 1 as one from pg_sleep(1)');
  expect(rows).toEqual([{ one: 1 }]);
});

it('a transaction that computes between two queries is left alone', async () => {
  const { pool } = await watchedPool();
  const rows = await inTransaction(pool, async (client) => {
    await client.query('select 1');
    await new Promise((resolve) => setTimeout(resolve, 5 * SILENT_MS));
    return (await client.query('select 2 as two')).rows;
  });
  expect(rows).toEqual([{ two: 2 }]);
});
