import { migrate, openOrm } from '../../src/database/orm.js';

/** Brings the database that all test databases are copied from up to date. */
export async function prepareTemplate(url: string): Promise<void> {
  const orm = await openOrm(url, 4);
  await migrate(orm);
  // whatever the hour at which the tests run, none is disturbed by a nightly report
  await orm.em.execute('delete from schedule');
  await orm.close(true);
}
