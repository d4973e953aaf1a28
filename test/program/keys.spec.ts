import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { REMEMBERED_MS } from '../../src/edge/access/api-keys.service.js';
import { createTestDatabase } from '../setup/test-database.js';
import { type Ended, type Started, checkBuilt, startCommand } from './command.js';
import { runHere } from './run-here.js';

/** Long, because a server starts twice, and commands run beside it. */
jest.setTimeout(300_000);

let dir: string;
let environment: Record<string, string>;
let testDatabase: Awaited<ReturnType<typeof createTestDatabase>>;

beforeAll(async () => {
  await checkBuilt();
  dir = await mkdtemp(join(tmpdir(), 'storewatch-keys-'));
  testDatabase = await createTestDatabase();
  environment = { DATABASE_URL: testDatabase.url, STOREWATCH_HOME: dir, HTTP_PORT: '0', GRPC_PORT: '0' };
});
afterAll(async () => {
  await testDatabase.drop();
  await rm(dir, { recursive: true, force: true });
});

const serve = (): Started =>
  startCommand({ env: { ...process.env, ...environment, API_KEYS: 'on' }, cwd: dir }, 'serve', '--roles', 'api');
const keys = (...args: string[]): Promise<Ended> =>
  runHere({ env: { ...process.env, ...environment }, cwd: dir }, 'keys', ...args);

describe('storewatch keys', () => {
  // A separate process: the greeting of serve is tested.
  it('creates the first key as the greeting says, lists it and revokes it', async () => {
    // A revoked key does not count.
    const old = (await keys('create', 'old', '--scopes', 'admin')).out.trim();
    await keys('revoke', old);
    const server = serve();
    const greeting = await server.said(/Stop it with Ctrl-C/);
    expect(greeting).toMatch(/Access\s+with API keys; no TLS\n/);
    expect(greeting).toMatch(/No API key exists yet.*\n\s+node \S+cli\.js keys create NAME --scopes admin\n/);
    const [, url] = /REST\s+(\S+)/.exec(greeting)!;
    const status = async (key?: string): Promise<number> =>
      (await fetch(`${url}/v1/stores`, { headers: key ? { Authorization: `Bearer ${key}` } : {} })).status;
    expect(await status()).toBe(401);

    const created = await keys('create', 'the till', '--scopes', 'ingest,read', '--expires', '90d');
    expect(created).toMatchObject({ code: 0, out: expect.stringMatching(/^sw_[0-9a-f]{12}_[\w-]{43}\n$/) });
    const key = created.out.trim();
    const id = key.split('_')[1];
    expect(created.err).toBe(`Key ${id} of the till, scopes ingest, read. It is not shown again:\n`);
    expect((await keys('list')).out).toMatch(
      new RegExp(
        `^id .*\n${id}  the till  ingest,read  \\S+Z  never      valid until \\S+Z\n.*  old  .*  revoked \\S+Z\n$`,
      ),
    );
    expect(await status(key)).toBe(200);
    server.child.kill('SIGINT');
    expect(await server.ended).toMatchObject({ code: 0, err: '' });

    const again = serve();
    const second = await again.said(/Stop it with Ctrl-C/);
    expect(second).not.toContain('No API key exists yet');
    expect(second).not.toContain(key);
    const [, secondUrl] = /REST\s+(\S+)/.exec(second)!;
    const statusAgain = async (): Promise<number> =>
      (await fetch(`${secondUrl}/v1/stores`, { headers: { Authorization: `Bearer ${key}` } })).status;
    expect(await statusAgain()).toBe(200);

    expect(await keys('revoke', id)).toMatchObject({
      code: 0,
      out: `Key ${id} is revoked. Running servers reject it within 5 s.\n`,
    });
    await sleep(REMEMBERED_MS);
    expect(await statusAgain()).toBe(401);
    expect((await keys('list')).out).toMatch(new RegExp(`${id} .* \\d{4}-\\S+Z  revoked \\S+Z\n`));
    again.child.kill('SIGINT');
    expect(await again.ended).toMatchObject({ code: 0, err: '' });
  });

  it.each([
    ['create x', "required option '--scopes <list>' not specified"],
    ['create x --scopes all', '--scopes must be one or more of ingest,read,admin, got "all".'],
    ['create x --scopes read --expires soon', 'It must be a whole number with a unit'],
    ['create x --scopes read --expires 0s', 'It must be a whole number with a unit'],
  ])('%s: %s', async (args, message) => {
    expect(await keys(...args.split(' '))).toMatchObject({ code: 1, err: expect.stringContaining(message) });
  });

  it('fails to revoke an unknown key', async () => {
    expect(await keys('revoke', '0123456789ab')).toEqual({
      code: 1,
      out: '',
      err: 'storewatch: There is no API key "0123456789ab". To list the ids, run: storewatch keys list\n',
    });
  });

  it('revokes a key and never shows its secret again', async () => {
    const key = (await keys('create', 'lost', '--scopes', 'read')).out.trim();
    const broken = await keys('revoke', `${key}!`);
    expect(broken).toMatchObject({ code: 1, err: expect.stringContaining('There is no API key "sw_') });
    const revoked = await keys('revoke', key);
    expect(revoked.out).toBe(`Key ${key.split('_')[1]} is revoked. Running servers reject it within 5 s.\n`);
    for (const said of [broken, revoked]) expect(said.out + said.err).not.toContain(key.slice(-43, -20));
  });
});
