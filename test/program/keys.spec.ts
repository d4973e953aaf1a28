// Own process: the command's arguments, exit codes, stdout and stderr are tested, beside servers that only share its database.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTestDatabase } from '../setup/test-database.js';
import { type Ended, checkBuilt, startCommand } from './command.js';

let dir: string;
let env: NodeJS.ProcessEnv;
let testDatabase: Awaited<ReturnType<typeof createTestDatabase>>;

beforeAll(async () => {
  await checkBuilt();
  dir = await mkdtemp(join(tmpdir(), 'storewatch-keys-'));
  testDatabase = await createTestDatabase();
  env = { ...process.env, DATABASE_URL: testDatabase.url, STOREWATCH_HOME: dir, HTTP_PORT: '0', GRPC_PORT: '0' };
});
afterAll(async () => {
  await testDatabase.drop();
  await rm(dir, { recursive: true, force: true });
});

const keys = (...args: string[]): Promise<Ended> => startCommand({ env, cwd: dir }, 'keys', ...args).ended;

/** What `serve` greets with, and what GET /v1/stores answers meanwhile. */
async function served(settings: NodeJS.ProcessEnv, key?: string): Promise<{ greeting: string; status: number }> {
  const server = startCommand({ env: { ...env, ...settings }, cwd: dir }, 'serve', '--roles', 'api');
  const greeting = await server.said(/Stop it with Ctrl-C/);
  const [, url] = /REST\s+(\S+)/.exec(greeting)!;
  const { status } = await fetch(`${url}/v1/stores`, { headers: key ? { Authorization: `Bearer ${key}` } : {} });
  server.child.kill('SIGINT');
  expect(await server.ended).toMatchObject({ code: 0, err: '' });
  return { greeting, status };
}

describe('storewatch keys', () => {
  it('makes the first key as the greeting says, shows and revokes it', async () => {
    const before = await served({ API_KEYS: 'on' });
    expect(before).toMatchObject({ status: 401, greeting: expect.stringMatching(/Access\s+with API keys; no TLS\n/) });
    expect(before.greeting).toMatch(/There is no API key yet.*\n\s+node \S+cli\.js keys create NAME --scopes admin\n/);

    const created = await keys('create', 'the till', '--scopes', 'ingest,read', '--expires', '90d');
    expect(created).toMatchObject({ code: 0, out: expect.stringMatching(/^sw_[0-9a-f]{12}_[\w-]{43}\n$/) });
    const key = created.out.trim();
    const id = key.split('_')[1];
    expect(created.err).toBe(`The key ${id} of the till, for ingest, read. It is not shown again:\n`);
    expect((await keys('list')).out).toMatch(
      new RegExp(`^id .*\n${id}  the till  ingest,read  \\S+Z  never      valid until \\S+Z\n$`),
    );

    const after = await served({ API_KEYS: 'on' }, key);
    expect(after).toMatchObject({ status: 200, greeting: expect.not.stringContaining('There is no API key') });
    expect(after.greeting).not.toContain(key);

    expect(await keys('revoke', id)).toMatchObject({ code: 0, out: expect.stringContaining(`key ${id} is revoked`) });
    expect((await keys('list')).out).toMatch(new RegExp(`${id} .* \\d{4}-\\S+Z  revoked \\S+Z\n`));
    expect(await served({ API_KEYS: 'on' }, key)).toMatchObject({
      status: 401,
      greeting: expect.stringContaining('There is no API key'),
    });
  });

  it('says at the start that nobody is asked for one', async () => {
    expect(await served({})).toMatchObject({
      status: 200,
      greeting: expect.stringMatching(/Access\s+open, without API keys; no TLS\n/),
    });
  });

  it.each([
    ['create x', "required option '--scopes <list>' not specified"],
    ['create x --scopes all', '--scopes: "all" is no scope; write some of ingest,read,admin.'],
    ['create x --scopes read --expires soon', 'It must be a whole number with a unit'],
    ['create x --scopes read --expires 0s', 'It must be a whole number with a unit'],
    ['revoke 0123456789ab', 'There is no API key "0123456789ab"; storewatch keys list shows the ids.'],
  ])('%s: %s', async (args, message) => {
    expect(await keys(...args.split(' '))).toMatchObject({ code: 1, err: expect.stringContaining(message) });
  });

  it('revokes a key that was found, and never repeats its secret', async () => {
    const key = (await keys('create', 'lost', '--scopes', 'read')).out.trim();
    const broken = await keys('revoke', `${key}!`);
    expect(broken).toMatchObject({ code: 1, err: expect.stringContaining('There is no API key "sw_') });
    const revoked = await keys('revoke', key);
    expect(revoked.code).toBe(0);
    for (const said of [broken, revoked]) expect(said.out + said.err).not.toContain(key.slice(-43, -20));
  });
});
