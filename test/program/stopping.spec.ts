// A separate process: signals and the end of a process are tested.
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { createTestDatabase } from '../setup/test-database.js';
import { type Started, checkBuilt, startCommand } from './command.js';

let testDatabase: Awaited<ReturnType<typeof createTestDatabase>>;
let database: Client;
let home: string;
let server: Started;
let url: string;

beforeAll(async () => {
  await checkBuilt();
  testDatabase = await createTestDatabase();
  database = new Client({ connectionString: testDatabase.url });
  await database.connect();
  home = await mkdtemp(join(tmpdir(), 'storewatch-stopping-'));
});
afterAll(async () => {
  await database?.end();
  await testDatabase?.drop();
  await rm(home, { recursive: true, force: true });
});

async function serve(drainFor: string): Promise<void> {
  const settings = { DATABASE_URL: testDatabase.url, STOREWATCH_HOME: home, HTTP_PORT: '0', GRPC_PORT: '0' };
  server = startCommand({ env: { ...process.env, ...settings, DRAIN_FOR: drainFor }, cwd: home }, 'serve');
  const greeting = await server.said(/Stop it with/);
  url = /http:\/\/\S+/.exec(greeting.slice(greeting.indexOf('REST')))![0];
}
afterEach(() => void server.child.kill('SIGKILL'));

/** An upload whose first row has been sent. */
async function upload(): Promise<{ sending: ClientRequest; answer: Promise<IncomingMessage> }> {
  const sending = request(`${url}/v1/imports/store_status`, {
    method: 'POST',
    headers: { 'content-type': 'text/csv' },
  });
  const answer = once(sending, 'response').then(([response]) => response as IncomingMessage);
  answer.catch(() => {});
  sending.write('store_id,status,timestamp_utc\ns,active,2026-10-05 10:10:00 UTC\n');
  while ((await database.query(`select from import where status = 'Running'`)).rowCount === 0) await sleep(10);
  return { sending, answer };
}

async function notReady(): Promise<void> {
  for (;;) {
    const { status } = await fetch(`${url}/readyz`);
    if (status === 503) return;
    expect(status).toBe(200);
    await sleep(10);
  }
}

describe('a server that is told to stop', () => {
  it('reports itself as not ready, answers the requests in progress, and exits', async () => {
    await serve('1s');
    const { sending, answer } = await upload();

    server.child.kill('SIGTERM');
    await notReady();
    sending.end('s,inactive,2026-10-05 11:10:00 UTC\n');

    const response = await answer;
    expect(response.statusCode).toBe(201);
    expect(JSON.parse(Buffer.concat(await response.toArray()).toString())).toMatchObject({ accepted: 2 });
    expect(await server.ended).toMatchObject({ code: 0, err: '' });
  });

  it('still loads files while it is not ready', async () => {
    await serve('5s');
    server.child.kill('SIGTERM');
    await notReady();
    await sleep(2_500); // The bulk thread would have ended by now if it had been told to.

    const body = 'store_id,status,timestamp_utc\nt,active,2026-10-05 10:10:00 UTC\n';
    const headers = { 'content-type': 'text/csv' };
    const response = await fetch(`${url}/v1/imports/store_status`, { method: 'POST', headers, body });

    expect(response.status).toBe(201);
    expect(await server.ended).toMatchObject({ code: 0, err: '' });
  });

  it('does not wait for a client that sends nothing more', async () => {
    await serve('0s');
    const { answer } = await upload();

    server.child.kill('SIGTERM');

    await expect(answer).rejects.toThrow(/socket hang up|ECONNRESET/);
    expect(await server.ended).toMatchObject({ code: 0 });
  });

  it('does not wait for bulk work that waits for a lock', async () => {
    await serve('0s');
    await database.query('begin; lock table status_poll in access exclusive mode');
    const { sending, answer } = await upload();
    sending.end();
    while (
      (await database.query(`select from pg_locks where not granted and relation = 'status_poll'::regclass`))
        .rowCount === 0
    )
      await sleep(10);

    server.child.kill('SIGTERM');

    await expect(answer).rejects.toThrow(/socket hang up|ECONNRESET/);
    const { code, out } = await server.ended;
    await database.query('rollback');
    expect(code).toBe(0);
    expect(out).toContain('Aborting work that did not finish within 10 s.');
  });
});
