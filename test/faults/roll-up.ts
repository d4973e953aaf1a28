// Rolls up the database of DATABASE_URL, in a separate process that uses only the compiled program.
import 'reflect-metadata';
import { compiled } from '#bench/dist.js';

const { openDatabase, createContext } =
  await compiled<typeof import('../../src/app/process-context.js')>('src/app/process-context.js');
const { Settings } = await compiled<typeof import('../../src/platform/config/settings.js')>(
  'src/platform/config/settings.js',
);
const { RollupsService } = await compiled<typeof import('../../src/features/rollups/rollups.service.js')>(
  'src/features/rollups/rollups.service.js',
);

const settings = Settings.from(process.env);
const { database, close } = await openDatabase(settings);
const context = await createContext(settings, database);
await context.get(RollupsService).bringUpToDate();
await context.close();
await close();
