import { join } from 'node:path';
import { type INestApplicationContext, Logger } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { AppModule } from './app.module.js';
import { ENTITIES } from './entities.js';
import { Clock } from '../platform/clock/clock.js';
import { within } from '../platform/clock/within.js';
import type { Settings } from '../platform/config/settings.js';
import { createDatabase } from '../platform/database/create.js';
import { parseDatabaseUrl } from '../platform/database/database-url.js';
import { Database } from '../platform/database/database.js';
import { keepDistributed } from '../platform/database/distribute.js';
import { openEmbeddedPostgres } from '../platform/database/embedded/embedded-postgres.js';
import { migrate, openOrm } from '../platform/database/orm.js';
import { checkQueueRight, rightFailure } from '../platform/database/rights.js';
import { Log } from '../platform/logging/log.js';
import { convertPolls } from '../features/polls/convert.js';
import { Roles } from '../platform/config/roles.js';

const CLOSE_TIMEOUT_MS = 2_000;

export interface DatabaseLocation {
  readonly url: string;
  /** Rejects when the embedded PostgreSQL has died and did not come back. */
  readonly failed: Promise<never>;
  /** Says that this process no longer uses the embedded PostgreSQL. */
  readonly release: () => Promise<void>;
}

export interface OpenedDatabase {
  readonly database: Database;
  /** The names of the migrations that ran. */
  readonly migrated: string[];
  /** Rejects when the embedded PostgreSQL has died and did not come back. */
  readonly failed: Promise<never>;
  readonly close: () => Promise<void>;
}

/**
 * The database that the settings name, migrated: DATABASE_URL, or an embedded one in STOREWATCH_HOME.
 * @param waitMs      how long a server of DATABASE_URL that does not answer yet is waited for
 * @param distributes false: tables stay where they are, whatever DISTRIBUTED says
 * @param create      whether a database that the server of DATABASE_URL has not is created there
 * @param hasQueue    whether the queue of jobs will be used
 * @param log         absent: one that writes to stdout
 */
export async function openDatabase(
  settings: Settings,
  {
    poolSize = settings.databasePoolSize,
    waitMs = 0,
    distributes = true,
    create = false,
    hasQueue = false,
    log,
  }: {
    poolSize?: number;
    waitMs?: number;
    distributes?: boolean;
    create?: boolean;
    hasQueue?: boolean;
    log?: Log;
  } = {},
): Promise<OpenedDatabase> {
  // What is said while the database is waited for, before there is a program.
  Logger.overrideLogger(log ?? (await Log.open(settings)));
  const { url, failed, release } = await locateDatabase(settings);
  if (create) await createDatabase(url);
  const orm = await openOrm(url, poolSize, { entities: ENTITIES, waitMs }).catch(async (error: unknown) => {
    await release();
    throw error;
  });
  const close = async (): Promise<void> => {
    // Work that was still in hand keeps its connection; what it did not commit is as if it had not begun.
    await within(CLOSE_TIMEOUT_MS, orm.close(true), () => {});
    await release();
  };
  try {
    const target = parseDatabaseUrl(url);
    const migrated = await migrate(orm).catch((error: unknown) => {
      throw rightFailure(error, target);
    });
    const database = await Database.over(orm, url);
    if (hasQueue) await checkQueueRight(database.pool, target);
    if (distributes) await keepDistributed(database.pool, settings.distributed);
    await convertPolls(database.pool, (left) => {
      new Logger('Database').log(`Polls are converted to days; weeks left: ${left}.`);
    });
    return { database, migrated, failed, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Where the database is: at DATABASE_URL, or an embedded one, which is started if it does not run. */
export async function locateDatabase({ databaseUrl, home }: Settings): Promise<DatabaseLocation> {
  if (databaseUrl) return { url: databaseUrl, failed: new Promise(() => {}), release: async () => {} };
  const logger = new Logger('Database');
  const tell = (message: string): void => logger.warn(message);
  const embedded = await openEmbeddedPostgres(join(home, 'postgres'), { tell });
  return { url: embedded.url, failed: embedded.failed, release: () => embedded.release() };
}

/** The program without a port: for commands, and for processes that only work. */
export async function createContext(
  settings: Settings,
  database: Database,
  roles: Roles = Roles.none,
  log?: Log,
): Promise<INestApplicationContext> {
  const module = AppModule.in({ settings, database, roles, clock: new Clock() });
  return NestFactory.createApplicationContext(module, {
    logger: log ?? (await Log.open(settings)),
    abortOnError: false,
  });
}
