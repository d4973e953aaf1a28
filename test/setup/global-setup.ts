import { type RegisterHooksOptions, createRequire, registerHooks } from 'node:module';
import type { TestServer } from './test-server.js';

declare global {
  /** Jest runs setup and teardown in the same process, but passes nothing from one to the other. */
  var testServer: TestServer | undefined;
}

export default async function globalSetup(): Promise<void> {
  registerHooks(createRequire(import.meta.url)('./typescript.mjs') as RegisterHooksOptions);
  const { startTestServer } = await import('./test-server.js');
  globalThis.testServer = await startTestServer();
  process.env['STOREWATCH_TEST_DATABASE_URL'] = globalThis.testServer.url;
}
