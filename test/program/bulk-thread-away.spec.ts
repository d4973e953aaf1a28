import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { freePort } from '../../src/edge/http/ports.js';
import { type OwnPostgres, newOwnPostgres } from '../setup/own-postgres.js';
import { type Started, checkBuilt, startCommand } from './command.js';

/** Long, because two servers start, each after a PostgreSQL. */
jest.setTimeout(300_000);

let dir: string;
let postgres: OwnPostgres;
let server: Started;
let url: string;

/** A running server whose bulk thread starts while PostgreSQL is unavailable. */
beforeEach(async () => {
  await checkBuilt();
  dir = await mkdtemp(join(tmpdir(), 'storewatch-away-'));
  postgres = await newOwnPostgres();
  await postgres.start();
  const [preload, sign] = [join(dir, 'wait.mjs'), join(dir, 'sign')];
  await writeFile(
    preload,
    `import { existsSync } from 'node:fs';
     import { isMainThread } from 'node:worker_threads';
     const clock = new Int32Array(new SharedArrayBuffer(4));
     if (!isMainThread) while (!existsSync(${JSON.stringify(sign)})) Atomics.wait(clock, 0, 0, 20);`,
  );
  const port = String(await freePort('127.0.0.1'));
  url = `http://127.0.0.1:${port}`;
  const settings = {
    DATABASE_URL: postgres.url,
    STOREWATCH_HOME: dir,
    HTTP_PORT: port,
    GRPC_PORT: '0',
    LOG_LEVEL: 'warn',
  };
  const env = { ...process.env, ...settings, NODE_OPTIONS: `--import ${pathToFileURL(preload).href}` };
  server = startCommand({ env, cwd: dir }, 'serve', '--roles', 'api,worker');
  let said = '';
  for (const stream of [server.child.stdout!, server.child.stderr!]) {
    stream.on('data', (data: Buffer) => (said += data.toString()));
  }
  while ((await fetch(`${url}/livez`).catch(() => undefined))?.status !== 200) await sleep(20);
  await postgres.stop();
  await writeFile(sign, '');
  while (!said.includes('Waiting for it')) await sleep(20);
});
afterEach(async () => {
  server.child.kill('SIGKILL');
  await server.ended;
  await postgres.remove();
  await rm(dir, { recursive: true, force: true });
});

const upload = (): Promise<Response> =>
  fetch(`${url}/v1/imports/store_timezones`, {
    method: 'POST',
    headers: { 'Content-Type': 'text/csv' },
    body: 'store_id,timezone_str\na,Asia/Tokyo\n',
  });

describe('a server whose bulk thread starts while PostgreSQL is unavailable', () => {
  it('keeps running, answers uploads with 503, and loads them when PostgreSQL is back', async () => {
    const refused = await upload();
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '5']);
    await postgres.start();
    await server.said(/Stop it with/);
    expect((await upload()).status).toBe(201);
    server.child.kill('SIGTERM');
    expect(await server.ended).toMatchObject({ code: 0 });
  });

  it('stops when it is told to, without PostgreSQL', async () => {
    server.child.kill('SIGTERM');
    expect(await server.ended).toMatchObject({ code: 0 });
  });
});
