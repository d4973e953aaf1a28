import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Pool } from 'pg';
import { createTestDatabase } from '../../test/setup/test-database.js';
import { BinaryCopyWriter } from './binary-copy.js';
import { inTransaction } from './transaction.js';

describe('a COPY that is given up', () => {
  let database: Awaited<ReturnType<typeof createTestDatabase>>;
  let pool: Pool;
  beforeAll(async () => {
    database = await createTestDatabase();
    pool = new Pool({ connectionString: database.url, max: 1 });
  });
  afterAll(async () => {
    await pool.end();
    await database.drop();
  });

  it.each([0, 200_000])('leaves nothing, and its connection can be used (after %d rows)', async (rows) => {
    const copying = inTransaction(pool, async (client) => {
      const writer = new BinaryCopyWriter(client, 'rollup_block (block)');
      for (let block = 0; block < rows; block++) {
        writer.row();
        writer.int32(block);
        if (writer.isFull) await writer.flush();
      }
      await writer.abort(new Error('enough'));
      throw new Error('enough');
    });
    await expect(copying).rejects.toThrow('enough');
    expect((await pool.query('select block from rollup_block')).rows).toEqual([]);
  });
});
