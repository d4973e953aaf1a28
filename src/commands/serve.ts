import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { INestApplicationContext } from '@nestjs/common';
import { floorToHour } from '#libs/instant/instant.js';
import { Settings } from '../config/settings.js';
import type { Database } from '../database/database.js';
import { ImportsService } from '../ingestion/imports.service.js';
import { createContext, startServer, openDatabase } from '../main.js';
import { ReportMaker } from '../reports/report-maker.js';
import { ReportsService } from '../reports/reports.service.js';
import { Roles } from '../roles.js';
import { generateSampleData } from '../sample-data/generate.js';
import { TimezonesService } from '../timezones/timezones.service.js';
import { loadFolder } from './load.js';

interface ServeOptions {
  readonly roles: string;
  readonly sampleData: boolean;
}

/** Containers start in any order. The other commands do not wait: somebody sits before them. */
const WAIT_FOR_DATABASE_MS = 60_000;

const SAMPLE = { stores: 200, days: 8, seed: 7 };

/** `storewatch serve`: runs until SIGINT or SIGTERM. */
export async function serve({ roles: names, sampleData }: ServeOptions): Promise<void> {
  const settings = Settings.from(process.env);
  const roles = Roles.parse(names);
  const stopped = stopSignal();
  const { database, close } = await openDatabase(settings, WAIT_FOR_DATABASE_MS);
  try {
    const { app, greeting, stop } = await start(settings, database, roles);
    try {
      if (sampleData && (await app.get(TimezonesService).isEmpty())) await loadSample(app);
      process.stdout.write(greeting);
      await stopped;
      process.stdout.write('Stopping…\n');
    } finally {
      await stop();
    }
  } finally {
    await close();
  }
  // A job that went on after it was released to others must not keep the process.
  process.exit();
}

async function start(
  settings: Settings,
  database: Database,
  roles: Roles,
): Promise<{ app: INestApplicationContext; greeting: string; stop: () => Promise<void> }> {
  if (!roles.has('api')) {
    const app = await createContext(settings, database, roles);
    const greeting = `Storewatch runs as ${roles.toString()}. Stop it with Ctrl-C.\n`;
    return { app, greeting, stop: () => app.close() };
  }
  const { app, httpUrl, grpcAddress, stop } = await startServer(settings, database, roles);
  const greeting = [
    'Storewatch is ready.',
    `  Swagger   ${httpUrl}/docs`,
    `  REST      ${httpUrl}`,
    `  gRPC      ${grpcAddress} (plaintext, server reflection on)`,
    `  Data      ${settings.databaseUrl ? 'the PostgreSQL of DATABASE_URL' : settings.home}`,
    'Stop it with Ctrl-C.\n',
  ].join('\n');
  return { app, greeting, stop };
}

async function loadSample(app: INestApplicationContext): Promise<void> {
  process.stdout.write(`The database is empty: loading sample data of ${SAMPLE.stores} stores.\n`);
  const dir = await mkdtemp(join(tmpdir(), 'storewatch-sample-'));
  try {
    await generateSampleData(dir, { ...SAMPLE, endMs: floorToHour(Date.now()) });
    await loadFolder(dir, app.get(ImportsService));
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
  const reports = app.get(ReportsService);
  const report = await app.get(ReportMaker).make(await reports.create({}));
  process.stdout.write(`A first report: ${reports.location(report)}\n`);
}

/** Resolves at the first SIGINT or SIGTERM; a second one ends the process at once. */
function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.once(signal, () => {
        process.once(signal, () => process.exit(130));
        resolve();
      });
    }
  });
}
