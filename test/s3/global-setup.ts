import { type RegisterHooksOptions, createRequire, registerHooks } from 'node:module';
import type { Radosgw } from './start-radosgw.js';

declare global {
  var radosgw: (Radosgw & { stop: () => Promise<void> }) | undefined;
}

export default async function globalSetup(): Promise<void> {
  registerHooks(createRequire(import.meta.url)('../setup/typescript.mjs') as RegisterHooksOptions);
  const { startTestServer } = await import('../setup/test-server.js');
  const { startRadosgw } = await import('./start-radosgw.js');
  [globalThis.testServer, globalThis.radosgw] = await Promise.all([startTestServer(), startRadosgw()]);
  const { endpoint, user, stranger } = globalThis.radosgw;
  process.env['STOREWATCH_TEST_DATABASE_URL'] = globalThis.testServer.url;
  process.env['STOREWATCH_TEST_S3'] = JSON.stringify({ endpoint, user, stranger });
}
