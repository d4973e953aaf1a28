import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Database } from './database.js';
import { openDatabase } from '../context.js';
import { Settings } from '../config/settings.js';
import { createTestDatabase } from '../../test/setup/test-database.js';
import { Partitions, partitionName, weekStartMs } from './partitions.js';
import { inTransaction } from './transaction.js';

let testDatabase: Awaited<ReturnType<typeof createTestDatabase>>;
let database: Database;
let close: () => Promise<void>;
const WEEK = weekStartMs(2_960);
const insert = (table: string): string => `insert into ${table} values (1, '${new Date(WEEK).toISOString()}', true)`;

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  ({ database, close } = await openDatabase(Settings.from({ DATABASE_URL: testDatabase.url })));
});
afterAll(async () => {
  await close();
  await testDatabase.drop();
});

describe('a partition that is created with its rows', () => {
  const polls = async (): Promise<number> => (await database.pool.query('select 1 from status_poll')).rowCount ?? 0;

  it('is not there when filling it fails', async () => {
    const failed = inTransaction(database.pool, (client) =>
      database.partitions.createFilled(client, 'status_poll', WEEK, async (table) => {
        await client.query(insert(table));
        throw new Error('ours');
      }),
    );
    await expect(failed).rejects.toThrow('ours');
    expect(await polls()).toBe(0);
  });

  it('has its rows and the key, and is created once', async () => {
    const create = (): Promise<number | undefined> =>
      inTransaction(database.pool, (client) =>
        database.partitions.createFilled(client, 'status_poll', WEEK, async (table) => {
          return (await client.query(insert(table))).rowCount ?? 0;
        }),
      );
    expect((await Promise.all([create(), create()])).sort()).toEqual([1, undefined]);
    expect(await polls()).toBe(1);
    await expect(database.pool.query(insert('status_poll'))).rejects.toThrow(/duplicate key/);
  });
});

describe('partitions of a stretch of time', () => {
  it('are created once by transactions that need them at the same time', async () => {
    const ensure = (): Promise<void> =>
      inTransaction(database.pool, (client) =>
        new Partitions(database.pool).ensureRange(client, 'uptime_hour', WEEK, WEEK + 1),
      );
    for (let round = 0; round < 5; round++) {
      await Promise.all([ensure(), ensure(), ensure()]);
      await database.pool.query(`drop table ${partitionName('uptime_hour', WEEK)}`);
    }
    await ensure();
    await expect(database.pool.query('select 1 from uptime_hour')).resolves.toMatchObject({ rowCount: 0 });
  });
});
