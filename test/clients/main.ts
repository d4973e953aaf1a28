import { checkBuilt } from '#bench/dist.js';
import { Scope } from '#bench/scope.js';
import { apiPageChecks } from './api-page.js';
import { bufCurlChecks } from './buf-curl.js';
import { Checks } from './checks.js';
import { curlChecks } from './curl.js';
import { exampleChecks, tlsChecks } from './examples.js';
import { Server } from './running.js';

/** Runs every client against one server. The last line has the counts of passed and failed checks. */
async function main(): Promise<boolean> {
  checkBuilt();
  const scope = await Scope.open();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void scope.close().finally(() => process.exit(130)));
  }
  try {
    const server = await Server.start(scope);
    const world = { scope, server, checks: new Checks(), key: await server.key('ingest,read') };
    await apiPageChecks(world);
    await curlChecks(world);
    await bufCurlChecks(world);
    await exampleChecks(world);
    await tlsChecks(world);
    return world.checks.finish();
  } finally {
    await scope.close();
  }
}

process.exitCode = (await main()) ? 0 : 1;
