import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { MikroORM } from '@mikro-orm/postgresql';
import { migrations } from '../../migrations/index.js';
import { migrate, openOrm } from '../../src/database/orm.js';
import { createTestDatabase } from '../setup/test-database.js';

describe('migrations', () => {
  let testDatabase: Awaited<ReturnType<typeof createTestDatabase>>;
  let orm: MikroORM;

  beforeAll(async () => {
    testDatabase = await createTestDatabase();
    orm = await openOrm(testDatabase.url, 4);
  });
  afterAll(async () => {
    await orm.close(true);
    await testDatabase.drop();
  });

  const tables = async (): Promise<string[]> => {
    const rows = await orm.em.execute<{ name: string }[]>(
      "select tablename as name from pg_tables where schemaname = 'public' order by tablename",
    );
    return rows.map((row) => row.name);
  };

  it('run from nothing, back to nothing, and again, also when several processes start at once', async () => {
    const before = await tables();
    expect(before).toContain('uptime_hour');
    await orm.migrator.down({ to: 0 });
    expect(await tables()).toEqual(['migration']);

    const others = await Promise.all([1, 2, 3].map(() => openOrm(testDatabase.url, 4)));
    const ran = await Promise.all(others.map((other) => migrate(other)));
    expect(ran.flat()).toEqual(migrations.map((migration) => migration.name));
    expect(await tables()).toEqual(before);
    await Promise.all(others.map((other) => other.close(true)));
  });
});
