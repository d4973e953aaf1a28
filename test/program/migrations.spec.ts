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

  it('tell calendars that were due before from polls that were', async () => {
    await orm.migrator.down({ to: 'Migration20261123000000_initial' });
    await orm.em.execute(
      `insert into rollup_due (store_id, from_at, to_at)
       values (1, '-infinity', 'infinity'), (2, '2026-01-01', '2026-01-02')`,
    );
    await orm.migrator.up();
    expect(await orm.em.execute('select store_id, until_next_poll from rollup_due order by store_id')).toEqual([
      { store_id: 1, until_next_poll: false },
      { store_id: 2, until_next_poll: true },
    ]);
  });
});
