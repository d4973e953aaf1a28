import { Settings } from '../platform/config/settings.js';
import { openDatabase } from '../app/process-context.js';

/** `storewatch migrate`. Opening the database runs the migrations. */
export async function migrateDatabase({ create }: { readonly create: boolean }): Promise<void> {
  const { migrated, close } = await openDatabase(Settings.from(process.env), { create });
  await close();
  const what = migrated.length === 0 ? 'up to date' : `ran ${migrated.join(', ')}`;
  process.stdout.write(`Database schema: ${what}.\n`);
}
