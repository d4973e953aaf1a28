// `startCommand` runs the command in its own process, to check arguments, stdout, stderr, the exit code and that it ends.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Ended, type Started, checkBuilt, startCommand } from './command.js';
import { runHere } from './run-here.js';

let dir: string;
let env: NodeJS.ProcessEnv;

beforeAll(async () => {
  await checkBuilt();
  dir = await mkdtemp(join(tmpdir(), 'storewatch-cli-'));
  env = { ...process.env, STOREWATCH_HOME: join(dir, 'home'), HTTP_PORT: '0', GRPC_PORT: '0' };
});
afterAll(() => rm(dir, { recursive: true, force: true }));

const start = (...args: string[]): Started => startCommand({ env, cwd: dir }, ...args);
const run = (...args: string[]): Promise<Ended> => runHere({ env, cwd: dir }, ...args);

describe('storewatch, the command', () => {
  it('lists the commands, and rejects a wrong one', async () => {
    expect(await run('--help')).toMatchObject({
      code: 0,
      out: expect.stringMatching(/serve.*load.*report.*generate.*migrate/s),
    });
    expect(await start('nonsense').ended).toMatchObject({
      code: 1,
      err: expect.stringContaining("unknown command 'nonsense'"),
    });
    expect(await run('serve', '--roles', 'api,cook')).toMatchObject({
      code: 1,
      err: 'storewatch: --roles must be one or more of api,worker,scheduler, got "cook".\n',
    });
  });

  it('prints its version, and its help when no command is given', async () => {
    const { version } = JSON.parse(await readFile('package.json', 'utf8')) as { version: string };
    expect(await start('--version').ended).toEqual({ code: 0, out: `${version}\n`, err: '' });
    expect(await run('-V')).toEqual({ code: 0, out: `${version}\n`, err: '' });
    expect(await run()).toMatchObject({ code: 1, out: '', err: expect.stringContaining('Usage: storewatch') });
    expect(await run('help')).toMatchObject({ code: 0, out: expect.stringContaining('Usage: storewatch'), err: '' });
    expect(await run('report', '--out', 'x', '--input', 'y')).toMatchObject({
      code: 1,
      err: expect.stringContaining("unknown option '--input'"),
    });
    expect(await run('keys', 'create', 'x')).toEqual({
      code: 1,
      out: '',
      err: "error: required option '--scopes <list>' not specified\n(run storewatch keys create --help for usage)\n",
    });
  });

  it('names an invalid setting, its value and the valid values, but never a password', async () => {
    env.POLL_VALID_FOR = 'three hours';
    env.DATABASE_URL = 'mysql://me:secret@db/x';
    const { code, err } = await run('migrate');
    delete env.POLL_VALID_FOR;
    delete env.DATABASE_URL;
    expect(code).toBe(1);
    expect(err).toContain('POLL_VALID_FOR is "three hours": must be a whole number with a unit');
    expect(err).toContain('DATABASE_URL');
    expect(err).not.toContain('secret');
  });

  it('generates, loads and reports; a second run finds only duplicates and makes the same report', async () => {
    const files = join(dir, 'files');
    expect(await run('generate', files, '--stores', '40', '--days', '8')).toMatchObject({ code: 0, err: '' });
    const first = await start('report', '--data', files, '--out', join(dir, '1.csv')).ended;
    expect(first).toMatchObject({ code: 0, out: expect.stringContaining('report of 40 stores') });
    expect(first.err).toMatch(/^storewatch: 1 store with hours but no timezone, so America\/Chicago is used: "\S+"\n$/);
    const second = await run('report', '--data', files, '--out', join(dir, '2.csv'));
    expect(second.out).toMatch(/store_status\.csv: (\d+) rows read, 0 accepted, \1 duplicate, 0 rejected/);
    expect(await readFile(join(dir, '2.csv'), 'utf8')).toBe(await readFile(join(dir, '1.csv'), 'utf8'));
  });

  it('loads the valid rows and reports file, line and reason of the others', async () => {
    const rows = 'a,maybe,2026-01-01 00:00:00 UTC\na,active,2026-01-01 00:00:00 UTC\n';
    await writeFile(join(dir, 'store_status.csv'), `store_id,status,timestamp_utc\n${rows}`);
    const { code, out, err } = await run('load', dir);
    expect(code).toBe(0);
    expect(out).toContain('2 rows read, 1 accepted, 0 duplicate, 1 rejected');
    expect(err).toContain(`${dir}/store_status.csv:2: status: "maybe" is neither active nor inactive`);
    expect(err).toMatch(/\/v1\/imports\/[0-9a-f-]{36}\/rejects/);
  });

  it('fails when there is nothing to load or a file has no header', async () => {
    expect(await run('load', join(dir, 'home'))).toMatchObject({
      code: 1,
      err: expect.stringContaining('contains no data files'),
    });
    await writeFile(join(dir, 'store_status.csv'), 'store_id,status\na,active\n');
    const { code, err } = await start('load', dir).ended;
    expect(code).toBe(1);
    expect(err).toContain('the column timestamp_utc is missing; the header has "store_id,status"');
  });

  it('serves sample data from an empty folder, shares its database with commands, and stops when told to', async () => {
    env.STOREWATCH_HOME = join(dir, 'served');
    const server = start('serve', '--sample-data');
    const greeting = await server.said(/Stop it with Ctrl-C/);
    const [, url] = /Page\s+(\S+)/.exec(greeting)!;
    expect(greeting).toMatch(/gRPC\s+127\.0\.0\.1:\d+/);
    const [, report] = /A first report: (\S+)/.exec(greeting)!;
    expect(await readFile(report, 'utf8')).toMatch(/^store_id,uptime_last_hour/);
    expect((await fetch(`${url}/docs`)).status).toBe(200);
    // No API key is required, and the greeting says so.
    expect(greeting).toMatch(/Access\s+open, without API keys; no TLS\n/);
    expect((await fetch(`${url}/v1/stores`)).status).toBe(200);

    const command = await run('report', '--out', join(dir, 'beside.csv'));
    expect(command).toMatchObject({ code: 0, out: expect.stringContaining('report of 200 stores') });

    server.child.kill('SIGINT');
    expect(await server.ended).toMatchObject({ code: 0, err: '' });

    const again = start('serve', '--sample-data');
    expect(await again.said(/Stop it with Ctrl-C/)).not.toContain('A first report');
    again.child.kill('SIGTERM');
    expect((await again.ended).code).toBe(0);
  });
});
