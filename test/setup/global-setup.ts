import { createRequire } from 'node:module';
import type { TestServer } from './test-server.js';

declare global {
  /** Jest runs setup and teardown in the same process, and passes nothing from one to the other. */
  var testServer: TestServer | undefined;
}

export default async function globalSetup(): Promise<void> {
  createRequire(import.meta.url)('./typescript-imports.mjs');
  const { startTestServer } = await import('./test-server.js');
  globalThis.testServer = await startTestServer();
  process.env['STOREWATCH_TEST_DATABASE_URL'] = globalThis.testServer.url;
}
