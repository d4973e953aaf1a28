import { migrate, openOrm } from '../../src/platform/database/orm.js';
import { Jobs } from '../../src/platform/jobs/jobs.js';

/** Brings the database that all test databases are copied from up to date. */
export async function prepareTemplate(url: string): Promise<void> {
  const orm = await openOrm(url, 4);
  await migrate(orm);
  // whatever the hour at which the tests run, none is disturbed by a nightly report
  await orm.em.execute('delete from schedule');
  await orm.close(true);
  // pg-boss's schema and queues, which a server would make at its first start
  const jobs = new Jobs(url);
  await jobs.start();
  await jobs.onApplicationShutdown();
}
