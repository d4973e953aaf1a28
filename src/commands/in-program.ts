import type { INestApplicationContext } from '@nestjs/common';
import { Settings } from '../platform/config/settings.js';
import { createContext, openDatabase } from '../app/process-context.js';
import { Log, STDERR } from '../platform/logging/log.js';
import { Roles } from '../platform/config/roles.js';

/**
 * Runs a command with an open, migrated database and all services, and closes them afterwards. Logs go to stderr, because stdout
 * is for the command's output.
 */
export async function inProgram<T>(
  run: (context: INestApplicationContext, settings: Settings) => Promise<T>,
): Promise<T> {
  const settings = Settings.from({ LOG_LEVEL: 'warn', ...process.env });
  const log = await Log.open(settings, STDERR);
  const { database, close } = await openDatabase(settings, { log });
  try {
    const context = await createContext(settings, database, Roles.none, log);
    try {
      return await run(context, settings);
    } finally {
      await context.close();
    }
  } finally {
    await close();
  }
}
