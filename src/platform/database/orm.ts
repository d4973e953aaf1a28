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

/**
 * The oldest supported version. Queries rely on infinite `numeric` results of extract(), and nearly every build
 * includes LZ4 from this version on. MERGE is not used.
 */
const MIN_SERVER_VERSION = 15;

/**
 * Settings of every session. The server ends a session whose process hangs during a transaction or whose machine
 * disappeared, because its locks would block others forever.
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

/** Idle time before the operating system sends TCP keepalives. */
const KEEPALIVE_AFTER_MS = 10_000;
const RETRY_EVERY_MS = 500;

/**
 * Opens MikroORM and its connection pool. COPY and hand-written SQL use the same pool.
 * @param entities the entities to query; without any, only SQL works
 * @param waitMs   how long to wait for a server that does not respond yet
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
    ensureDatabase: false, // a missing database means a wrong name, so it must not be created silently
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
  if (Number.parseInt(version, 10) < MIN_SERVER_VERSION) {
    await orm.close(true);
    const wanted = `Storewatch needs version ${MIN_SERVER_VERSION} or newer`;
    throw new DomainError('unavailable', `PostgreSQL at ${describeTarget(target)} is version ${version}; ${wanted}.`);
  }
}

/** Retries until the server responds or reports an error that waiting cannot fix, such as a wrong password. */
async function serverVersion(orm: MikroORM, target: DatabaseTarget, waitMs: number): Promise<string> {
  const giveUpAt = performance.now() + waitMs;
  for (let isLogged = false; ; isLogged = true) {
    try {
      const rows = await orm.em.getConnection().execute<{ server_version: string }[]>('show server_version');
      return rows[0].server_version;
    } catch (error) {
      if (!isAway(error) || performance.now() >= giveUpAt) throw error;
      if (!isLogged) {
        const reason = `PostgreSQL at ${describeTarget(target)} does not answer yet: ${reasonOf(error)}`;
        const howLong = Number.isFinite(waitMs) ? `, up to ${waitMs / 1000} s` : '';
        new Logger('Database').warn(`${reason}. Waiting for it${howLong}.`);
      }
      await sleep(RETRY_EVERY_MS);
    }
  }
}

/**
 * Brings the schema up to date. Several processes may start at once: one migrates and the others wait.
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

/** The names of the migrations that the database does not have yet, in order. */
export async function pendingMigrations(pool: Pool): Promise<string[]> {
  const { rows } = await pool.query(`select name from ${MIGRATIONS_TABLE}`);
  const ran = new Set(rows.map((row) => row.name as string));
  return migrations.map(({ name }) => name).filter((name) => !ran.has(name));
}
