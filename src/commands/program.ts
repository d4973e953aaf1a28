import type { INestApplicationContext } from '@nestjs/common';
import { Settings } from '../config/settings.js';
import { createContext, openDatabase } from '../context.js';

/** Runs a command inside the program: database open and migrated, services at hand, everything closed afterwards. */
export async function inProgram<T>(
  run: (context: INestApplicationContext, settings: Settings) => Promise<T>,
): Promise<T> {
  const settings = Settings.from({ LOG_LEVEL: 'warn', ...process.env });
  const { database, close } = await openDatabase(settings);
  try {
    const context = await createContext(settings, database);
    try {
      return await run(context, settings);
    } finally {
      await context.close();
    }
  } finally {
    await close();
  }
}
