import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { REMEMBERED_MS } from '../../src/access/api-keys.service.js';
import { createKey, listKeys, revokeKey } from '../../src/commands/keys.js';
import { createTestDatabase } from '../setup/test-database.js';
import { type Ended, checkBuilt, startCommand } from './command.js';

/** A server starts twice, and commands beside it. */
jest.setTimeout(300_000);

let dir: string;
let environment: Record<string, string>;
let testDatabase: Awaited<ReturnType<typeof createTestDatabase>>;
const usual = { ...process.env };

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

/** The command as it is run, in a process of its own, which takes a second to start. */
const start = (settings: NodeJS.ProcessEnv, ...args: string[]) =>
  startCommand({ env: { ...usual, ...environment, ...settings }, cwd: dir }, ...args);
const keys = (...args: string[]): Promise<Ended> => start({}, 'keys', ...args).ended;

/** What a command prints that runs in this process. */
async function printed(command: () => Promise<void>): Promise<{ out: string; err: string }> {
  let [out, err] = ['', ''];
  const toOut = jest.spyOn(process.stdout, 'write').mockImplementation((text) => ((out += String(text)), true));
  const toErr = jest.spyOn(process.stderr, 'write').mockImplementation((text) => ((err += String(text)), true));
  try {
    await command();
  } finally {
    toOut.mockRestore();
    toErr.mockRestore();
  }
  return { out, err };
}

describe('storewatch keys', () => {
  beforeEach(() => void Object.assign(process.env, environment));
  afterEach(() => {
    for (const name of Object.keys(environment)) {
      if (usual[name] === undefined) delete process.env[name];
      else process.env[name] = usual[name];
    }
  });

  // Processes of their own: what serve greets with, and exit code, stdout and stderr of the commands that it names.
  it('makes the first key as the greeting says, shows and revokes it', async () => {
    // a key that was revoked counts for none
    const old = (await printed(() => createKey('old', { scopes: 'admin' }))).out.trim();
    await printed(() => revokeKey(old));
    const server = start({ API_KEYS: 'on' }, 'serve', '--roles', 'api');
    const greeting = await server.said(/Stop it with Ctrl-C/);
    expect(greeting).toMatch(/Access\s+with API keys; no TLS\n/);
    expect(greeting).toMatch(/There is no API key yet.*\n\s+node \S+cli\.js keys create NAME --scopes admin\n/);
    const [, url] = /REST\s+(\S+)/.exec(greeting)!;
    const status = async (key?: string): Promise<number> =>
      (await fetch(`${url}/v1/stores`, { headers: key ? { Authorization: `Bearer ${key}` } : {} })).status;
    expect(await status()).toBe(401);

    const created = await keys('create', 'the till', '--scopes', 'ingest,read', '--expires', '90d');
    expect(created).toMatchObject({ code: 0, out: expect.stringMatching(/^sw_[0-9a-f]{12}_[\w-]{43}\n$/) });
    const key = created.out.trim();
    const id = key.split('_')[1];
    expect(created.err).toBe(`The key ${id} of the till, for ingest, read. It is not shown again:\n`);
    expect((await printed(listKeys)).out).toMatch(
      new RegExp(
        `^id .*\n${id}  the till  ingest,read  \\S+Z  never      valid until \\S+Z\n.*  old  .*  revoked \\S+Z\n$`,
      ),
    );
    expect(await status(key)).toBe(200);
    server.child.kill('SIGINT');
    expect(await server.ended).toMatchObject({ code: 0, err: '' });

    const again = start({ API_KEYS: 'on' }, 'serve', '--roles', 'api');
    const second = await again.said(/Stop it with Ctrl-C/);
    expect(second).not.toContain('There is no API key');
    expect(second).not.toContain(key);
    const [, secondUrl] = /REST\s+(\S+)/.exec(second)!;
    const statusAgain = async (): Promise<number> =>
      (await fetch(`${secondUrl}/v1/stores`, { headers: { Authorization: `Bearer ${key}` } })).status;
    expect(await statusAgain()).toBe(200);

    expect(await keys('revoke', id)).toMatchObject({
      code: 0,
      out: `The key ${id} is revoked. Servers that run know within 5 s.\n`,
    });
    await sleep(REMEMBERED_MS);
    expect(await statusAgain()).toBe(401);
    expect((await printed(listKeys)).out).toMatch(new RegExp(`${id} .* \\d{4}-\\S+Z  revoked \\S+Z\n`));
    again.child.kill('SIGINT');
    expect(await again.ended).toMatchObject({ code: 0, err: '' });
  });

  // Processes of their own: the command line reads these. It loads no more than that, and ends at once.
  it.each([
    ['create x', "required option '--scopes <list>' not specified"],
    ['create x --scopes all', '--scopes: "all" is no scope; write some of ingest,read,admin.'],
    ['create x --scopes read --expires soon', 'It must be a whole number with a unit'],
    ['create x --scopes read --expires 0s', 'It must be a whole number with a unit'],
  ])('%s: %s', async (args, message) => {
    expect(await keys(...args.split(' '))).toMatchObject({ code: 1, err: expect.stringContaining(message) });
  });

  it('revokes no key that there is not', async () => {
    await expect(printed(() => revokeKey('0123456789ab'))).rejects.toThrow(
      'There is no API key "0123456789ab"; storewatch keys list shows the ids.',
    );
  });

  it('revokes a key that was found, and never repeats its secret', async () => {
    const key = (await printed(() => createKey('lost', { scopes: 'read' }))).out.trim();
    const broken = await keys('revoke', `${key}!`);
    expect(broken).toMatchObject({ code: 1, err: expect.stringContaining('There is no API key "sw_') });
    const revoked = await printed(() => revokeKey(key));
    expect(revoked.out).toBe(`The key ${key.split('_')[1]} is revoked. Servers that run know within 5 s.\n`);
    for (const said of [broken, revoked]) expect(said.out + said.err).not.toContain(key.slice(-43, -20));
  });
});
