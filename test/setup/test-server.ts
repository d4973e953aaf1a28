import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openEmbeddedPostgres } from '../../src/database/embedded/embedded-postgres.js';
import { prepareTemplate } from './template.js';
import { TEMPLATE, databaseUrl, execute } from './test-database.js';

/** Nothing on this server needs to outlive the machine. */
const FORGETFUL = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' };

export interface TestServer {
  /** Of an administrator, in some database that is not a test's. */
  readonly url: string;
  stop(): Promise<void>;
}

/** Starts the server for one run of the tests, or takes that of TEST_DATABASE_URL, and prepares the template there. */
export async function startTestServer(): Promise<TestServer> {
  const given = process.env['TEST_DATABASE_URL'];
  const server =
    given === undefined || given === '' ? await startEmbedded() : { url: given, stop: async () => undefined };
  const stop = async (): Promise<void> => {
    await dropTemplate(server.url);
    await server.stop();
  };
  try {
    await dropTemplate(server.url);
    await execute(server.url, `CREATE DATABASE ${TEMPLATE}`);
    await prepareTemplate(databaseUrl(server.url, TEMPLATE));
    // a database is copied only while nobody is connected to it
    await execute(server.url, `ALTER DATABASE ${TEMPLATE} ALLOW_CONNECTIONS false`);
  } catch (error) {
    await server.stop();
    throw error;
  }
  return { url: server.url, stop };
}

async function dropTemplate(url: string): Promise<void> {
  await execute(url, `DROP DATABASE IF EXISTS ${TEMPLATE} WITH (FORCE)`);
}

async function startEmbedded(): Promise<TestServer> {
  const dir = await mkdtemp(join(tmpdir(), 'storewatch-test-'));
  const cleaner = spawn(process.execPath, [fileURLToPath(new URL('./cleaner.mjs', import.meta.url)), dir], {
    stdio: ['pipe', 'ignore', 'inherit'],
    detached: true,
  });
  cleaner.unref();
  const clean = async (): Promise<void> => {
    await rm(dir, { recursive: true, force: true });
    cleaner.stdin.end();
  };
  try {
    const server = await openEmbeddedPostgres(dir, { settings: FORGETFUL });
    const stop = async (): Promise<void> => {
      await server.release();
      await clean();
    };
    return { url: server.url, stop };
  } catch (error) {
    await clean();
    throw error;
  }
}
