import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openEmbeddedPostgres } from '../../src/platform/database/embedded/embedded-postgres.js';
import { createCluster } from './new-cluster.js';
import { prepareTemplate } from './template.js';
import { TEMPLATE, databaseUrl, execute } from './test-database.js';

/** Nothing on this server must survive a crash of the machine. */
const FORGETFUL = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' };

export interface TestServer {
  /** The URL of an administrator, in a database that no test uses. */
  readonly url: string;
  stop(): Promise<void>;
}

/** Starts the server for one run of the tests, or uses that of TEST_DATABASE_URL, and prepares the templates. */
export async function startTestServer(): Promise<TestServer> {
  const { dir, remove } = await newFolder();
  const ends = [remove];
  const stop = async (): Promise<void> => {
    for (const end of ends.toReversed()) await end();
  };
  try {
    await createCluster(dir);
    let url = process.env['TEST_DATABASE_URL'] ?? '';
    if (url === '') {
      const server = await openEmbeddedPostgres(dir, { settings: FORGETFUL });
      ends.push(() => server.release());
      url = server.url;
    }
    await dropTemplate(url);
    ends.push(() => dropTemplate(url));
    await execute(url, `CREATE DATABASE ${TEMPLATE}`);
    await prepareTemplate(databaseUrl(url, TEMPLATE));
    // A database can be copied only while nobody is connected to it.
    await execute(url, `ALTER DATABASE ${TEMPLATE} ALLOW_CONNECTIONS false`);
    return { url, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function dropTemplate(url: string): Promise<void> {
  await execute(url, `DROP DATABASE IF EXISTS ${TEMPLATE} WITH (FORCE)`);
}

/** A new folder. It is removed, and the PostgreSQL in it is stopped, even if Jest is interrupted. */
async function newFolder(): Promise<{ dir: string; remove: () => Promise<void> }> {
  const dir = await mkdtemp(join(tmpdir(), 'storewatch-test-'));
  const cleaner = spawn(process.execPath, [fileURLToPath(new URL('./cleaner.mjs', import.meta.url)), dir], {
    stdio: ['pipe', 'ignore', 'inherit'],
    detached: true,
  });
  cleaner.unref();
  const remove = async (): Promise<void> => {
    await rm(dir, { recursive: true, force: true });
    cleaner.stdin.end();
  };
  return { dir, remove };
}
