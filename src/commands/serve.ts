import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import type { INestApplicationContext } from '@nestjs/common';
import { floorToHour } from '#libs/instant/instant.js';
import { ApiKeysService } from '../access/api-keys.service.js';
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

const SAMPLE = { stores: 200, days: 8, seed: 7 };

/** `storewatch serve`: runs until SIGINT or SIGTERM. */
export async function serve({ roles: names, sampleData }: ServeOptions): Promise<void> {
  const settings = Settings.from(process.env);
  const roles = Roles.parse(names);
  const stopped = stopSignal();
  const { database, close } = await openDatabase(settings);
  try {
    const { app, greeting } = await start(settings, database, roles);
    try {
      if (sampleData && (await app.get(TimezonesService).isEmpty())) await loadSample(app);
      process.stdout.write(greeting);
      await stopped;
      process.stdout.write('Stopping…\n');
    } finally {
      await app.close();
    }
  } finally {
    await close();
  }
}

async function start(
  settings: Settings,
  database: Database,
  roles: Roles,
): Promise<{ app: INestApplicationContext; greeting: string }> {
  if (!roles.has('api')) {
    const app = await createContext(settings, database, roles);
    return { app, greeting: `Storewatch runs as ${roles.toString()}. Stop it with Ctrl-C.\n` };
  }
  const { app, httpUrl, grpcAddress } = await startServer(settings, database, roles);
  const greeting = [
    'Storewatch is ready.',
    `  Swagger   ${httpUrl}/docs`,
    `  REST      ${httpUrl}`,
    `  gRPC      ${grpcAddress} (server reflection on)`,
    `  Access    ${access(settings)}`,
    `  Data      ${settings.databaseUrl ? 'the PostgreSQL of DATABASE_URL' : settings.home}`,
    ...(settings.apiKeys && !(await app.get(ApiKeysService).hasUsable()) ? [FIRST_KEY] : []),
    'Stop it with Ctrl-C.\n',
  ].join('\n');
  return { app, greeting };
}

const access = ({ apiKeys, tlsCertFile, tlsClientCaFile }: Settings): string =>
  [
    apiKeys ? 'with API keys' : 'open, without API keys',
    tlsCertFile === undefined ? 'no TLS' : tlsClientCaFile === undefined ? 'TLS' : 'TLS with client certificates',
  ].join('; ');

/** The command as it was run, so that it can be run again: from a checkout, in a container, or installed. */
const FIRST_KEY = `There is no API key yet, so nobody gets in. Make the first one, with the same settings:
  node ${relative('', process.argv[1] ?? '')} keys create NAME --scopes admin`;

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
