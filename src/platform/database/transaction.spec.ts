import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createTestDatabase } from '../../../test/setup/test-database.js';
import { BinaryCopyWriter, readBinary } from './binary-copy.js';
import { Database } from './database.js';
import { openOrm } from './orm.js';
import { despiteDeadlocks, inTransaction } from './transaction.js';

describe('a transaction', () => {
  let testDatabase: Awaited<ReturnType<typeof createTestDatabase>>;
  let database: Database;

  beforeAll(async () => {
    testDatabase = await createTestDatabase();
    database = await Database.over(await openOrm(testDatabase.url, 4), testDatabase.url);
  });
  afterAll(async () => {
    await database.orm.close(true);
    await testDatabase.drop();
  });

  const stores = async (): Promise<string[]> => {
    const { rows } = await database.pool.query('select external_id from store order by external_id');
    return rows.map((row: { external_id: string }) => row.external_id);
  };

  it('rolls back when PostgreSQL reports an error, and reuses the connection', async () => {
    const refused = inTransaction(database.pool, async (client) => {
      await client.query("insert into store (external_id) values ('a')");
      await client.query('select 1 / 0');
    });
    await expect(refused).rejects.toThrow('division by zero');
    expect(await stores()).toEqual([]);
  });

  it('runs again when it was ended to resolve a deadlock', async () => {
    let runs = 0;
    const bothHoldOne = Promise.withResolvers<void>();
    const locking = (first: number, second: number): Promise<void> =>
      despiteDeadlocks(database.pool, async (client) => {
        await client.query('select pg_advisory_xact_lock($1)', [first]);
        if (++runs === 2) bothHoldOne.resolve();
        await bothHoldOne.promise;
        await client.query('select pg_advisory_xact_lock($1)', [second]);
      });
    await Promise.all([locking(1, 2), locking(2, 1)]);
    expect(runs).toBe(3);
  });

  it('rolls back when the callback throws in the middle of a COPY out', async () => {
    const failed = inTransaction(database.pool, async (client) => {
      await client.query("insert into store (external_id) values ('a')");
      await readBinary(client, 'select generate_series(1, 1000000)', () => {
        throw new Error('ours');
      });
    });
    await expect(failed).rejects.toThrow('ours');
    expect(await stores()).toEqual([]);
  });

  it('rolls back when the callback throws in the middle of a COPY in', async () => {
    const failed = inTransaction(database.pool, async (client) => {
      const writer = new BinaryCopyWriter(client, 'rollup_block (block)');
      writer.row();
      writer.int32(1);
      await writer.flush();
      throw new Error('ours');
    });
    await expect(failed).rejects.toThrow('ours');
    expect((await database.pool.query('select 1 from rollup_block')).rowCount).toBe(0);
  });
});
