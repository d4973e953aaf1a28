import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type INestApplicationContext, Logger } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { AppModule } from './app.module.js';
import { Clock } from './clock/clock.js';
import type { Settings } from './config/settings.js';
import { Database } from './database/database.js';
import { distributeNew } from './database/distribute.js';
import { openEmbeddedPostgres } from './database/embedded/embedded-postgres.js';
import { migrate, openOrm } from './database/orm.js';
import { Log } from './logging/log.js';
import { convertPolls } from './polls/convert.js';
import { Roles } from './roles.js';

const CLOSE_TIMEOUT_MS = 2_000;

/**
 * The database that the settings name, migrated: DATABASE_URL, or an embedded one in STOREWATCH_HOME.
 * @param waitMs      how long a server of DATABASE_URL that does not answer yet is waited for
 * @param distributed whether a new database is distributed, and one with data refused that is not
 */
export async function openDatabase(
  settings: Settings,
  {
    poolSize = settings.databasePoolSize,
    waitMs = 0,
    distributed = settings.distributed,
  }: { poolSize?: number; waitMs?: number; distributed?: boolean } = {},
): Promise<{ database: Database; migrated: string[]; close: () => Promise<void> }> {
  // What is said while the database is waited for, before there is a program.
  Logger.overrideLogger(await Log.open(settings));
  const embedded = settings.databaseUrl ? undefined : await openEmbeddedPostgres(join(settings.home, 'postgres'));
  const url = settings.databaseUrl ?? embedded!.url;
  const orm = await openOrm(url, poolSize, waitMs).catch(async (error: unknown) => {
    await embedded?.release();
    throw error;
  });
  const close = async (): Promise<void> => {
    // Work that was still in hand keeps its connection; what it did not commit is as if it had not begun.
    await Promise.race([orm.close(true), sleep(CLOSE_TIMEOUT_MS, undefined, { ref: false })]);
    await embedded?.release();
  };
  try {
    const migrated = await migrate(orm);
    const database = await Database.over(orm, url);
    await convertPolls(database.pool, (left) => {
      new Logger('Database').log(`Polls are converted to days: ${left} weeks are left.`);
    });
    if (distributed) await distributeNew(database.pool);
    return { database, migrated, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The program without a port: for commands, and for processes that only work. */
export async function createContext(
  settings: Settings,
  database: Database,
  roles: Roles = Roles.none,
): Promise<INestApplicationContext> {
  const module = AppModule.in({ settings, database, roles, clock: new Clock() });
  return NestFactory.createApplicationContext(module, { logger: await Log.open(settings) });
}
