import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { MikroORM } from '@mikro-orm/postgresql';
import { createTestDatabase } from '../../../../test/setup/test-database.js';
import { Database } from '../../../platform/database/database.js';
import { openOrm } from '../../../platform/database/orm.js';
import { Report } from '../record/report.entity.js';
import { ReportsRepository } from '../record/reports.repository.js';
import { checkRunningReports } from './running-reports.js';

describe('running reports', () => {
  let testDatabase: Awaited<ReturnType<typeof createTestDatabase>>;
  let orm: MikroORM;
  let reports: ReportsRepository;

  beforeAll(async () => {
    testDatabase = await createTestDatabase();
    orm = await openOrm(testDatabase.url, 4, { entities: [Report] });
    reports = new ReportsRepository(await Database.over(orm, testDatabase.url));
  });
  afterAll(async () => {
    await orm.close(true);
    await testDatabase.drop();
  });

  it('are limited in number; ended reports do not count', async () => {
    for (const status of ['Running', 'Complete', 'Failed', 'Running']) {
      await orm.em.fork().execute(
        `insert into report (id, status, as_of, basis, format, stores_done, created_at)
         values (gen_random_uuid(), ?, now(), 'all', 'csv', 0, now())`,
        [status],
      );
    }

    await checkRunningReports(reports, 3);
    await expect(checkRunningReports(reports, 2)).rejects.toThrow(
      expect.objectContaining({
        code: 'resource_exhausted',
        retryAfterSeconds: 30,
        message: 'Too many reports are running: 2 of at most 2 (MAX_RUNNING_REPORTS). Try again in 30 s.',
      }),
    );
  });
});
