import { setTimeout as sleep } from 'node:timers/promises';
import { Migrator } from '@mikro-orm/migrations';
import { type EntitySchema, MikroORM } from '@mikro-orm/postgresql';
import { Logger } from '@nestjs/common';
import type { Pool } from 'pg';
import { DomainError } from '#libs/errors.js';
import { migrations } from '../../../migrations/index.js';
import { ClosingClient } from './closing-client.js';
import { connectFailure, reasonOf } from './connect-failure.js';
import { connectionConfig } from './connect.js';
import { type DatabaseTarget, describeTarget, parseDatabaseUrl } from './database-url.js';
import { SEQUENTIAL } from './distribution.js';
import { Lock } from './locks.js';
import { obeyRequests } from './request-scope.js';
import { endDeadConnections } from './dead-connections.js';
import { isAway } from './sql.js';

/** What is relied upon and came with it: MERGE is not, `numeric` infinity in extract() and LZ4 are nearly everywhere since. */
const OLDEST_SERVER = 15;

/**
 * What every session is told. The server ends one whose process hangs in the middle of a transaction, or whose machine is
 * gone without a word: the locks that it holds would keep others waiting for ever.
 */
const SESSION = [
  'timezone=UTC',
  'jit=off',
  'idle_in_transaction_session_timeout=60s',
  'tcp_keepalives_idle=30s',
  'tcp_keepalives_interval=10s',
  'tcp_keepalives_count=3',
];

const MIGRATIONS_TABLE = 'migration';

/** The system then asks whether the other side of a silent connection is still there. */
const KEEPALIVE_AFTER_MS = 10_000;
const ASK_AGAIN_MS = 500;

/**
 * One MikroORM over one pool of connections; `pool()` is the same pool for COPY and hand-written SQL.
 * @param entities those that will be asked for; without any, there is still SQL
 * @param waitMs   how long a server that does not answer yet is waited for
 * @throws DomainError unavailable
 */
export async function openOrm(
  url: string,
  poolSize: number,
  { entities = [], waitMs = 0 }: { entities?: readonly EntitySchema[]; waitMs?: number } = {},
): Promise<MikroORM> {
  const target = parseDatabaseUrl(url);
  const orm = await MikroORM.init({
    dbName: target.database,
    ensureDatabase: false, // one that is missing is a wrong name, and not to be made by the way
    entities: [...entities],
    extensions: [Migrator],
    pool: { min: 0, max: poolSize },
    driverOptions: {
      ...connectionConfig(url, '', SESSION),
      Client: ClosingClient,
      keepAlive: true,
      keepAliveInitialDelayMillis: KEEPALIVE_AFTER_MS,
      onPoolCreated: (pool: Pool) => {
        obeyRequests(pool);
        endDeadConnections(pool);
      },
    },
    migrations: { migrationsList: migrations, tableName: MIGRATIONS_TABLE, snapshot: false, silent: true },
    discovery: { warnWhenNoEntities: false },
  });
  await checkServer(orm, target, waitMs);
  return orm;
}

async function checkServer(orm: MikroORM, target: DatabaseTarget, waitMs: number): Promise<void> {
  let version: string;
  try {
    version = await serverVersion(orm, target, waitMs);
  } catch (error) {
    await orm.close(true);
    throw connectFailure(error, target);
  }
  if (Number.parseInt(version, 10) < OLDEST_SERVER) {
    await orm.close(true);
    const wanted = `Storewatch needs version ${OLDEST_SERVER} or newer`;
    throw new DomainError('unavailable', `PostgreSQL at ${describeTarget(target)} is version ${version}; ${wanted}.`);
  }
}

/** Asks until it answers, or says something that waiting does not mend: a wrong password. */
async function serverVersion(orm: MikroORM, target: DatabaseTarget, waitMs: number): Promise<string> {
  const giveUpAt = performance.now() + waitMs;
  for (let isTold = false; ; isTold = true) {
    try {
      const rows = await orm.em.getConnection().execute<{ server_version: string }[]>('show server_version');
      return rows[0].server_version;
    } catch (error) {
      if (!isAway(error) || performance.now() >= giveUpAt) throw error;
      if (!isTold) {
        const reason = `PostgreSQL at ${describeTarget(target)} does not answer yet: ${reasonOf(error)}`;
        const howLong = Number.isFinite(waitMs) ? `, up to ${waitMs / 1000} s` : '';
        new Logger('Database').warn(`${reason}. Waiting for it${howLong}.`);
      }
      await sleep(ASK_AGAIN_MS);
    }
  }
}

/**
 * Brings the schema up to date. Any number of processes may start at once: one migrates, the others wait for it.
 * @returns the names of the migrations that ran
 */
export async function migrate(orm: MikroORM): Promise<string[]> {
  return orm.em.transactional(async (em) => {
    await em.execute('select pg_advisory_xact_lock(?)', [Lock.migrate]);
    await em.execute(SEQUENTIAL);
    const ran = await orm.migrator.up({ transaction: em.getTransactionContext()! });
    return ran.map((migration) => migration.name);
  });
}

/** The names of the migrations that this program has and the database has not, in order. */
export async function pendingMigrations(pool: Pool): Promise<string[]> {
  const { rows } = await pool.query(`select name from ${MIGRATIONS_TABLE}`);
  const ran = new Set(rows.map((row) => row.name as string));
  return migrations.map(({ name }) => name).filter((name) => !ran.has(name));
}
