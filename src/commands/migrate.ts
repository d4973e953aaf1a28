import { Settings } from '../platform/config/settings.js';
import { openDatabase } from '../app/process-context.js';

/** `storewatch migrate`: opening the database brings it up to date. */
export async function migrateDatabase({ create }: { readonly create: boolean }): Promise<void> {
  const { migrated, close } = await openDatabase(Settings.from(process.env), { create });
  await close();
  const what = migrated.length === 0 ? 'was up to date' : `ran ${migrated.join(', ')}`;
  process.stdout.write(`Database schema: ${what}.\n`);
}
