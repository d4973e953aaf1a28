import { migrate, openOrm } from '../../src/platform/database/orm.js';
import { Jobs } from '../../src/platform/jobs/jobs.js';

/** Migrates the database that all test databases are copied from. */
export async function prepareTemplate(url: string): Promise<void> {
  const orm = await openOrm(url, 4);
  await migrate(orm);
  // Without this, a nightly report could run during the tests.
  await orm.em.execute('delete from schedule');
  await orm.close(true);
  // pg-boss's schema and queues, which a server would otherwise create at its first start.
  const jobs = new Jobs(url);
  await jobs.start();
  await jobs.onApplicationShutdown();
}
