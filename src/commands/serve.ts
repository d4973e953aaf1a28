import { relative } from 'node:path';
import type { INestApplicationContext } from '@nestjs/common';
import { ApiKeysService } from '../access/api-keys.service.js';
import { Settings } from '../config/settings.js';
import { createContext, openDatabase } from '../context.js';
import { Roles } from '../roles.js';
import { TimezonesService } from '../timezones/timezones.service.js';
import { loadSample } from './sample.js';

interface ServeOptions {
  readonly roles: string;
  readonly sampleData: boolean;
}

/** Containers start in any order. The other commands do not wait: somebody sits before them. */
const WAIT_FOR_DATABASE_MS = 60_000;

/** `storewatch serve`: runs until SIGINT or SIGTERM. */
export async function serve({ roles: names, sampleData }: ServeOptions): Promise<void> {
  const settings = Settings.from(process.env);
  const roles = Roles.parse(names);
  const stopped = stopSignal();
  const { app, greeting, failed, close } = await start(settings, roles);
  const run = async (): Promise<void> => {
    if (sampleData && (await app.get(TimezonesService).isEmpty())) await loadSample(app, roles, say);
    if (roles.has('api') && settings.apiKeys && !(await app.get(ApiKeysService).hasUsable())) {
      process.stdout.write(FIRST_KEY);
    }
    process.stdout.write(greeting);
    await stopped;
    process.stdout.write('Stopping…\n');
  };
  try {
    await Promise.race([run(), failed]);
  } finally {
    await close();
  }
  // A job that went on after it was released to others must not keep the process.
  process.exit();
}

interface Started {
  readonly app: INestApplicationContext;
  readonly greeting: string;
  /** Rejects when the program cannot go on. */
  readonly failed: Promise<void>;
  readonly close: () => Promise<void>;
}

async function start(settings: Settings, roles: Roles): Promise<Started> {
  if (!roles.has('api')) return startWithoutPort(settings, roles);
  // loaded only then, with all that listens
  const { startTwoThreads } = await import('../bulk/two-threads.js');
  const { httpUrl, grpcAddress, ...started } = await startTwoThreads(settings, roles, WAIT_FOR_DATABASE_MS);
  const greeting = [
    'Storewatch is ready.',
    `  Swagger   ${httpUrl}/docs`,
    `  REST      ${httpUrl}`,
    `  gRPC      ${grpcAddress} (server reflection on)`,
    `  Access    ${access(settings)}`,
    `  Data      ${settings.databaseUrl ? 'the PostgreSQL of DATABASE_URL' : settings.home}`,
    'Stop it with Ctrl-C.\n',
  ].join('\n');
  return { ...started, greeting };
}

async function startWithoutPort(settings: Settings, roles: Roles): Promise<Started> {
  const { database, close } = await openDatabase(settings, { waitMs: WAIT_FOR_DATABASE_MS });
  const app = await createContext(settings, database, roles).catch(async (error: unknown) => {
    await close();
    throw error;
  });
  return {
    app,
    greeting: `Storewatch runs as ${roles.toString()}. Stop it with Ctrl-C.\n`,
    failed: new Promise(() => {}),
    close: async () => {
      try {
        await app.close();
      } finally {
        await close();
      }
    },
  };
}

const access = ({ apiKeys, tlsCertFile, tlsClientCaFile }: Settings): string =>
  [
    apiKeys ? 'with API keys' : 'open, without API keys',
    tlsCertFile === undefined ? 'no TLS' : tlsClientCaFile === undefined ? 'TLS' : 'TLS with client certificates',
  ].join('; ');

/** The command as it was run, so that it can be run again: from a checkout, in a container, or installed. */
const FIRST_KEY = `There is no API key yet, so nobody gets in. Make the first one, with the same settings:
  node ${relative('', process.argv[1] ?? '')} keys create NAME --scopes admin
`;

const say = (text: string): void => void process.stdout.write(`${text}\n`);

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
