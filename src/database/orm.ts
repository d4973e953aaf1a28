import { Migrator } from '@mikro-orm/migrations';
import { MikroORM } from '@mikro-orm/postgresql';
import { DomainError } from '#libs/errors.js';
import { migrations } from '../../migrations/index.js';
import { ApiKey } from '../access/api-key.entity.js';
import { Import } from '../ingestion/import.entity.js';
import { Report } from '../reports/report.entity.js';
import { Store } from '../timezones/store.entity.js';
import { Lock } from './locks.js';

/** What is relied upon and came with it: MERGE is not, `numeric` infinity in extract() and LZ4 are nearly everywhere since. */
const OLDEST_SERVER = 15;

/** One MikroORM over one pool of connections; `pool()` is the same pool for COPY and hand-written SQL. */
export async function openOrm(url: string, poolSize: number): Promise<MikroORM> {
  const orm = await MikroORM.init({
    clientUrl: url,
    entities: [Store, Import, Report, ApiKey],
    extensions: [Migrator],
    pool: { min: 0, max: poolSize },
    driverOptions: { application_name: 'storewatch', options: '-c timezone=UTC -c jit=off' },
    migrations: { migrationsList: migrations, tableName: 'migration', snapshot: false, silent: true },
    discovery: { warnWhenNoEntities: false },
  });
  await checkServer(orm, url);
  return orm;
}

async function checkServer(orm: MikroORM, url: string): Promise<void> {
  const { host, pathname } = new URL(url);
  const where = `${host}${pathname}`;
  let version: string;
  try {
    const rows = await orm.em.getConnection().execute<{ server_version: string }[]>('show server_version');
    version = rows[0].server_version;
  } catch (error) {
    await orm.close(true);
    const reason = error instanceof Error ? error.message : String(error);
    throw new DomainError('unavailable', `PostgreSQL at ${where} does not answer: ${reason}.`, undefined, {
      cause: error,
    });
  }
  if (Number.parseInt(version, 10) < OLDEST_SERVER) {
    await orm.close(true);
    const wanted = `Storewatch needs version ${OLDEST_SERVER} or newer`;
    throw new DomainError('unavailable', `PostgreSQL at ${where} is version ${version}; ${wanted}.`);
  }
}

/**
 * Brings the schema up to date. Any number of processes may start at once: one migrates, the others wait for it.
 * @returns the names of the migrations that ran
 */
export async function migrate(orm: MikroORM): Promise<string[]> {
  return orm.em.transactional(async (em) => {
    await em.execute('select pg_advisory_xact_lock(?)', [Lock.migrate]);
    const ran = await orm.migrator.up();
    return ran.map((migration) => migration.name);
  });
}
