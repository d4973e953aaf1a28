import { relative } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type INestApplicationContext, Logger } from '@nestjs/common';
import { ApiKeysService } from '../edge/access/api-keys.service.js';
import { Settings } from '../platform/config/settings.js';
import { startHealthServer } from '../app/observability/health-server.js';
import { Readiness } from '../app/observability/readiness.js';
import { createContext, openDatabase } from '../app/process-context.js';
import { parseDatabaseUrl } from '../platform/database/database-url.js';
import { releaseAllEmbedded } from '../platform/database/embedded/embedded-postgres.js';
import { Roles } from '../platform/config/roles.js';
import { Storage } from '../platform/storage/storage.js';
import { TimezonesService } from '../features/timezones/timezones.service.js';
import { endTraces } from '../platform/tracing/tracing.js';
import { toDomainError } from '../edge/errors/error-table.js';
import { loadSample } from './sample.js';

interface ServeOptions {
  readonly roles: string;
  readonly sampleData: boolean;
}

/** Containers start in any order, so the server waits. Other commands do not: a user is waiting for them. */
const WAIT_FOR_DATABASE_MS = 60_000;
/** How long to wait for startup to finish when a signal arrives during it. */
const STOP_STARTING_MS = 2_000;

/** `storewatch serve`: runs until SIGINT or SIGTERM. */
export async function serve({ roles: names, sampleData }: ServeOptions): Promise<void> {
  const settings = Settings.from(process.env);
  const roles = Roles.parse(names);
  const stopped = stopSignal();
  const started = await startUnless(stopped, start(settings, roles, stopped));
  if (!started) {
    await releaseAllEmbedded();
    process.exit();
  }
  const { app, greeting, failed, close } = started;
  const say = printer(settings);
  let health: Awaited<ReturnType<typeof startHealthServer>>;
  const run = async (): Promise<void> => {
    health = await startHealthServer(app, settings);
    if (roles.has('api') || roles.has('worker')) await warnIfStorageFails(app.get(Storage));
    if (sampleData && (await app.get(TimezonesService).isEmpty())) await loadSample(app, roles, say);
    if (roles.has('api') && settings.apiKeys && !(await app.get(ApiKeysService).hasUsable())) say(FIRST_KEY);
    say([...greeting, ...(health ? [`  Health    ${health.url}/readyz`] : []), 'Stop it with Ctrl-C.'].join('\n'));
    await stopped;
    say('Stopping…');
  };
  try {
    await Promise.race([run(), failed]);
  } finally {
    await close();
    health?.close();
    await endTraces();
  }
  // A job that still runs after it was released to another worker must not keep this process alive.
  process.exit();
}

interface Started {
  readonly app: INestApplicationContext;
  readonly greeting: readonly string[];
  /** Rejects when the program cannot continue. */
  readonly failed: Promise<unknown>;
  readonly close: () => Promise<void>;
}

/** Undefined if a signal arrives and startup does not finish soon after it, for example while it waits for PostgreSQL. */
async function startUnless(stopped: Promise<void>, starting: Promise<Started>): Promise<Started | undefined> {
  const tooLate = stopped.then(() => sleep(STOP_STARTING_MS, undefined, { ref: false }));
  return Promise.race([starting, tooLate]);
}

async function start(settings: Settings, roles: Roles, stopped: Promise<void>): Promise<Started> {
  if (!roles.has('api')) return startWithoutPort(settings, roles);
  // loaded only for this role: it imports everything that listens
  const { startApiProcess } = await import('../app/start-api-process.js');
  const { httpUrl, grpcAddress, ...started } = await startApiProcess(settings, roles, WAIT_FOR_DATABASE_MS, stopped);
  const greeting = [
    'Storewatch is ready.',
    `  Page      ${httpUrl}`,
    `  Swagger   ${httpUrl}/docs`,
    `  REST      ${httpUrl}`,
    ...(settings.publicUrl === undefined ? [] : [`  Public    ${settings.publicUrl}/`]),
    `  gRPC      ${grpcAddress} (server reflection on)`,
    `  Access    ${access(settings)}`,
    `  Data      ${data(settings)}`,
    `  Reports   ${started.app.get(Storage).place}`,
  ];
  return { ...started, greeting };
}

async function startWithoutPort(settings: Settings, roles: Roles): Promise<Started> {
  const { database, failed, close } = await openDatabase(settings, { waitMs: WAIT_FOR_DATABASE_MS, hasQueue: true });
  const app = await createContext(settings, database, roles).catch(async (error: unknown) => {
    await close();
    throw error;
  });
  return {
    app,
    greeting: [`Storewatch runs as ${roles.toString()}.`, `  Reports   ${app.get(Storage).place}`],
    failed,
    close: async () => {
      app.get(Readiness).stop();
      try {
        await app.close();
      } finally {
        await close();
      }
    },
  };
}

/** Prints plain text, or JSON log lines if LOG_FORMAT is json. */
function printer({ logFormat }: Settings): (text: string) => void {
  const logger = new Logger('Storewatch');
  return logFormat === 'json' ? (text) => logger.log(text) : (text) => void process.stdout.write(`${text}\n`);
}

/**
 * Unavailable storage does not stop the server: it still ingests polls and retries reports. /readyz reports the problem to load
 * balancers.
 */
async function warnIfStorageFails(storage: Storage): Promise<void> {
  await storage.check().catch((error: unknown) => {
    new Logger('Storage').warn(`${toDomainError(error).message} Until then, reports can be neither made nor read.`);
  });
}

function data({ databaseUrl, home }: Settings): string {
  if (databaseUrl === undefined) return home;
  return `the PostgreSQL of DATABASE_URL (${parseDatabaseUrl(databaseUrl).tls ? 'TLS' : 'no TLS'})`;
}

const access = ({ apiKeys, tlsCertFile, tlsClientCaFile }: Settings): string =>
  [
    apiKeys ? 'with API keys' : 'open, without API keys',
    tlsCertFile === undefined ? 'no TLS' : tlsClientCaFile === undefined ? 'TLS' : 'TLS with client certificates',
  ].join('; ');

/** Names the script as it was started, so that the command works in a checkout, in a container or installed. */
const FIRST_KEY = `No API key exists yet, so every request is rejected. Create the first key, with the same settings:
  node ${relative('', process.argv[1] ?? '')} keys create NAME --scopes admin`;

/** Resolves at the first SIGINT or SIGTERM; a second one ends the process immediately. */
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
