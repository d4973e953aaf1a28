import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { MikroORM } from '@mikro-orm/postgresql';
import { migrations } from '../../migrations/index.js';
import { migrate, openOrm } from '../../src/platform/database/orm.js';
import { createTestDatabase } from '../setup/test-database.js';

const BEFORE_STORE_DAYS = 'Migration20261126150000_calendar_state';

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

  it('run up, down and up again, even when several processes start at once', async () => {
    const before = await tables();
    expect(before).toContain('status_day');
    await orm.migrator.down({ to: 0 });
    expect(await tables()).toEqual(['migration']);

    const others = await Promise.all([1, 2, 3].map(() => openOrm(testDatabase.url, 4)));
    const ran = await Promise.all(others.map((other) => migrate(other)));
    expect(ran.flat()).toEqual(migrations.map((migration) => migration.name));
    expect(await tables()).toEqual(before);
    await Promise.all(others.map((other) => other.close(true)));
  });

  it('separate pending calendar invalidations from those of polls', async () => {
    await orm.migrator.down({ to: 'Migration20261123000000_initial' });
    await orm.em.execute(
      `insert into rollup_due (store_id, from_at, to_at)
       values (1, '-infinity', 'infinity'), (2, '2026-01-01', '2026-01-02')`,
    );
    await orm.migrator.up({ to: BEFORE_STORE_DAYS });
    expect(await orm.em.execute('select store_id, until_next_poll from rollup_due order by store_id')).toEqual([
      { store_id: 1, until_next_poll: false },
      { store_id: 2, until_next_poll: true },
    ]);
  });

  it('sum the days that are rolled up to their end', async () => {
    await orm.migrator.down({ to: 'Migration20261124000000_special_hours_and_windows' });
    await orm.em.execute(`
      create table uptime_hour_20261102 partition of uptime_hour for values from ('2026-11-02Z') to ('2026-11-09Z');
      insert into rollup_block (block, rolled_to) values (0, '2026-11-04T12:00Z'), (1, null);
      insert into uptime_hour
        (store_id, hour, open_ms, up_ms, down_ms, carried_up_ms, carried_down_ms, polls, last_polled_at, last_active)
      select store_id, hour, 31, 1, 2, 4, 8, 3, hour, true
      from (values (1, timestamptz '2026-11-02T22:00Z'), (1001, '2026-11-02T00:00Z')) as store (store_id, first),
        generate_series(first, '2026-11-04T11:00Z', interval '1 hour') as hour`);
    await orm.migrator.up({ to: BEFORE_STORE_DAYS });
    const sums = 'open_ms, up_ms, down_ms, carried_up_ms, carried_down_ms, polls, hours';
    const days = await orm.em.execute(`select day::date::text, store_id, ${sums} from uptime_day order by day`);
    expect(days.map((day: object) => Object.values(day))).toEqual([
      ['2026-11-02', 1, 62, 2, 4, 8, 16, 6, 2],
      ['2026-11-03', 1, 744, 24, 48, 96, 192, 72, 24],
    ]);
    await orm.em.execute('truncate uptime_hour, uptime_day, rollup_block');
  });
});
