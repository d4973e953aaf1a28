import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { MikroORM } from '@mikro-orm/postgresql';
import { ENTITIES } from '../../src/app/entities.js';
import { openOrm } from '../../src/platform/database/orm.js';
import { createTestDatabase } from '../setup/test-database.js';

let testDatabase: Awaited<ReturnType<typeof createTestDatabase>>;
let orm: MikroORM;

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  orm = await openOrm(testDatabase.url, 1, { entities: ENTITIES });
});
afterAll(async () => {
  await orm.close(true);
  await testDatabase.drop();
});

/** The columns of a table from PostgreSQL's catalog, with type names as MikroORM writes them. */
async function columnsOf(table: string): Promise<object[]> {
  return orm.em.execute(
    `select attname as name, format_type(atttypid, null) as type, not attnotnull as nullable,
       attnum = any (coalesce((select conkey from pg_constraint where conrelid = attrelid and contype = 'p'), '{}')) as "isKey"
     from pg_attribute where attrelid = ?::regclass and attnum > 0 and not attisdropped order by attname`,
    [table],
  );
}

/** MikroORM's names of types that PostgreSQL displays differently. */
const TYPES: Readonly<Record<string, string>> = {
  int: 'integer',
  'timestamptz(0)': 'timestamp with time zone',
  timestamptz: 'timestamp with time zone',
};

describe('the table of an entity', () => {
  it.each(ENTITIES.map((entity) => [entity.meta.tableName, entity] as const))(
    '%s has the columns of the entity, and others only for SQL',
    async (table, entity) => {
      const columns = Object.values(orm.getMetadata().get(entity.meta.class).properties)
        .map(({ fieldNames, columnTypes, nullable, primary }) => ({
          name: fieldNames[0],
          type: TYPES[columnTypes[0]] ?? columnTypes[0],
          nullable: nullable === true,
          isKey: primary === true,
        }))
        .toSorted((a, b) => (a.name < b.name ? -1 : 1));
      const found = await columnsOf(table);
      expect(found).toEqual(expect.arrayContaining(columns));
      const others = found
        .map((column) => (column as { name: string }).name)
        .filter((each) => !columns.some((c) => c.name === each));
      expect([table, others]).toEqual([table, SQL_ONLY[table] ?? []]);
    },
  );
});

/** Columns that MikroORM never reads or writes. */
const SQL_ONLY: Readonly<Record<string, readonly string[]>> = { import: ['heartbeat_at'], report: ['heartbeat_at'] };
