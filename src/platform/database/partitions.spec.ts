import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Database } from './database.js';
import { openOrm } from './orm.js';
import { createTestDatabase } from '../../../test/setup/test-database.js';
import { ensurePartitions, partitionName, weekStartMs } from './partitions.js';
import { inTransaction } from './transaction.js';

let testDatabase: Awaited<ReturnType<typeof createTestDatabase>>;
let database: Database;
const WEEK = weekStartMs(2_960);
const DATE = new Date(WEEK).toISOString().slice(0, 10);

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  database = await Database.over(await openOrm(testDatabase.url, 8), testDatabase.url);
});
afterAll(async () => {
  await database.orm.close(true);
  await testDatabase.drop();
});

const insert = `insert into status_day values (1, '${DATE}', '')`;

describe('the partition of a week', () => {
  it('is created once by transactions that need it at the same time', async () => {
    const ensure = (): Promise<void> =>
      inTransaction(database.pool, (client) => ensurePartitions(client, 'uptime_day', [WEEK, WEEK + 1]));
    for (let round = 0; round < 5; round++) {
      await Promise.all([ensure(), ensure(), ensure()]);
      await database.pool.query(`drop table ${partitionName('uptime_day', WEEK)}`);
    }
    await ensure();
    await expect(database.pool.query('select 1 from uptime_day')).resolves.toMatchObject({ rowCount: 0 });
  });

  it('is created again after the transaction that created it has failed', async () => {
    const { pool } = database;
    const failed = inTransaction(pool, async (client) => {
      await ensurePartitions(client, 'status_day', [WEEK]);
      await client.query(insert);
      throw new Error('ours');
    });
    await expect(failed).rejects.toThrow('ours');
    await inTransaction(pool, async (client) => {
      await ensurePartitions(client, 'status_day', [WEEK]);
      await client.query(insert);
    });
    await expect(pool.query(insert)).rejects.toThrow(/duplicate key/);
  });
});
