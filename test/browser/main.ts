/**
 * npm run test:browser: checks the page and Swagger UI of the built server in Debian's Chromium, with API keys on. Then checks a
 * server without keys, directly and behind a proxy with a path, against pages of other sites. `-- --every` also tries every
 * operation in Swagger. `-- --shots=docs/images` takes the pictures of the README and checks nothing. The last line says how many
 * checks passed.
 */
import { type BrowserContext, chromium } from 'playwright-core';
import { checkBuilt } from '#bench/dist.js';
import { Scope } from '#bench/scope.js';
import { Checks } from '../clients/checks.js';
import { Server } from '../clients/running.js';
import { startSubPathProxy } from '../setup/sub-path-proxy.js';
import { checkHostile } from './hostile-checks.js';
import { HOSTILE_ARGS } from './hostile-site.js';
import { checkOwn } from './own-checks.js';
import { checkPage } from './page-checks.js';
import { takeShots } from './shots.js';
import { checkSwagger } from './swagger-checks.js';

const ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
/** Limit for one action. */
const TIMEOUT_MS = 10_000;

async function browse(scope: Scope, args: readonly string[] = []): Promise<BrowserContext> {
  const browser = await chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: [...ARGS, ...args],
    downloadsPath: scope.path('downloads'),
    // The scope closes the browser.
    handleSIGINT: false,
    handleSIGTERM: false,
    handleSIGHUP: false,
  });
  scope.defer(() => browser.close());
  const context = await browser.newContext();
  context.setDefaultTimeout(TIMEOUT_MS);
  return context;
}

/** Checks a server without API keys: its own pages, also below the path of a proxy, and attacks from other sites. */
async function checkOpen(checks: Checks, scope: Scope): Promise<void> {
  const proxy = await startSubPathProxy('/storewatch/');
  scope.defer(async () => proxy.close());
  const settings = { STOREWATCH_HOME: scope.path('open-home'), API_KEYS: 'off', PUBLIC_URL: proxy.url };
  const server = await Server.start(scope, settings);
  proxy.target = server.http;
  await checkHostile(checks, scope, await browse(scope, HOSTILE_ARGS), server);
  await server.restart('SIGTERM');
  await checkOwn(checks, await browse(scope), proxy.url.slice(0, -1));
  await server.restart('SIGTERM', { PUBLIC_URL: '' });
  await checkOwn(checks, await browse(scope), server.http);
}

async function main(): Promise<boolean> {
  checkBuilt();
  const scope = await Scope.open();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void scope.close().finally(() => process.exit(130)));
  }
  try {
    const [server, context] = await Promise.all([Server.start(scope), browse(scope)]);
    const [checks, key] = [new Checks(), await server.key('ingest,read,admin')];
    const folder = /^--shots=(.+)$/.exec(process.argv.at(-1)!)?.[1];
    if (folder !== undefined) {
      await takeShots(await browse(scope), server, key, folder);
      return true;
    }
    await checkPage(checks, await browse(scope), server, key);
    await checkSwagger(checks, context, server, key, process.argv.includes('--every'));
    await checkOpen(checks, scope);
    return checks.finish();
  } finally {
    await scope.close();
  }
}

process.exitCode = (await main()) ? 0 : 1;
