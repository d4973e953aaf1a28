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
import { convertPolls } from '../features/polls/convert-poll-rows.js';
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
  /** Names of the migrations that ran. */
  readonly migrated: string[];
  /** Rejects when the embedded PostgreSQL has died and cannot be restarted. */
  readonly failed: Promise<never>;
  readonly close: () => Promise<void>;
}

/**
 * Opens and migrates the database: the one in DATABASE_URL, or an embedded one in STOREWATCH_HOME.
 * @param waitMs      how long to wait for the server of DATABASE_URL
 * @param distributes false: do not distribute tables, whatever DISTRIBUTED says
 * @param create      whether to create the database of DATABASE_URL if it does not exist
 * @param hasQueue    whether the job queue will be used, which needs its own permissions
 * @param log         absent: a log on stdout
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
  // For log lines before Nest sets its logger, for example while this waits for the database.
  Logger.overrideLogger(log ?? (await Log.open(settings)));
  const { url, failed, release } = await locateDatabase(settings);
  if (create) await createDatabase(url);
  const orm = await openOrm(url, poolSize, { entities: ENTITIES, waitMs }).catch(async (error: unknown) => {
    await release();
    throw error;
  });
  const close = async (): Promise<void> => {
    // Unfinished work may keep its connection for longer than this. Whatever it has not committed is rolled back.
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
      new Logger('Database').log(`Converting polls to one row per store and day; ${left} weeks left.`);
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

/** The services without a server: for commands, and for processes without the role `api`. */
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
