import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { createTestDatabase } from '../../../test/setup/test-database.js';
import { RANGES, SHARDS, TO_SHARDS, hashint4, readBlockLayout } from './block-layout.js';

const IDS = [0, 1, 2, 999, 1_000, 31_999, 32_000, 64_123, 1_000_000, 13_999_999, 2 ** 31 - 1];

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let client: Client;
beforeAll(async () => {
  database = await createTestDatabase();
  client = new Client({ connectionString: database.url });
  await client.connect();
});
afterAll(async () => {
  await client.end();
  await database.drop();
});

const numbers = async (sql: string, ...values: unknown[]): Promise<(number | null)[]> => {
  const { rows } = await client.query({ text: sql, values, rowMode: 'array' });
  return (rows as unknown as (number | null)[][]).map(([value]) => value);
};

describe('blocks', () => {
  it("the hash is PostgreSQL's", async () => {
    const ids = [...IDS, ...Array.from({ length: 5_000 }, (_, i) => i * 429_496)];
    expect(ids.map(hashint4)).toEqual(
      await numbers('select hashint4(id) from unnest($1::integer[]) with ordinality as ids (id, n) order by n', ids),
    );
  });

  it.each([RANGES, SHARDS])('SQL and code agree on the block of a store: $name', async (layout) => {
    const blocks = await numbers(
      `select ${layout.sqlOf('id')} from unnest($1::integer[]) with ordinality as ids (id, n) order by n`,
      IDS,
    );
    expect(IDS.map((id) => layout.blockOf(id))).toEqual(blocks);
    for (const id of IDS) expect(layout.blockOf(id)).toBeLessThanOrEqual(layout.lastBlock(id));
  });

  it('each store is in its block and in no other; a block of shards has about a thousand', () => {
    const all = Array.from({ length: 32 }, (_, block) => SHARDS.storesOf(block) as number[]);
    expect(all.flat().sort((a, b) => a - b)).toEqual(Array.from({ length: 32_000 }, (_, id) => id));
    for (const [block, ids] of all.entries()) {
      expect(ids.length).toBeGreaterThan(850);
      expect(ids.length).toBeLessThan(1_150);
      expect(ids.map((id) => SHARDS.blockOf(id))).toEqual(ids.map(() => block));
    }
    expect(RANGES.storesOf(3)).toEqual({ firstId: 3_000, endId: 4_000 });
  });

  it('changing to shards keeps as much rolled up as every block had', async () => {
    await client.query(`insert into store (external_id) select 'store-' || n from generate_series(1, 2500) as n`);
    await client.query(
      `insert into rollup_block (block, rolled_to)
       values (0, '2026-11-04T12:00Z'), (1, '2026-11-03T00:00Z'), (2, '2026-11-04T12:00Z')`,
    );
    expect(await readBlockLayout(client as never)).toBe(RANGES);
    for (const statement of TO_SHARDS) await client.query(statement);
    expect(await readBlockLayout(client as never)).toBe(SHARDS);
    const blocks = await numbers('select block from rollup_block order by block');
    expect(blocks).toEqual(Array.from({ length: 32 }, (_, block) => block));
    expect(await numbers('select distinct extract(epoch from rolled_to)::integer from rollup_block')).toEqual([
      Date.UTC(2026, 10, 3) / 1_000,
    ]);
  });

  it('changing to shards computes everything when one block was not rolled up', async () => {
    await client.query('update rollup_block set rolled_to = null where block = 7');
    for (const statement of TO_SHARDS) await client.query(statement);
    expect(await numbers('select count(rolled_to)::integer from rollup_block')).toEqual([0]);
  });
});
