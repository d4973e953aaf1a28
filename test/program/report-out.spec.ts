import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readFile, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { createTestDatabase } from '../setup/test-database.js';
import { type Ended, checkBuilt, startCommand } from './command.js';
import { runHere } from './run-here.js';

/** Enough stores to make a report several times larger than the buffer of a pipe (64 KiB). */
const STORES = 2_000;
const LONG = 'x'.repeat(100);
const HEADER = /^store_id,uptime_last_hour\(in minutes\),/;

let dir: string;
let env: NodeJS.ProcessEnv;
let testDatabase: Awaited<ReturnType<typeof createTestDatabase>>;

beforeAll(async () => {
  await checkBuilt();
  [dir, testDatabase] = [await mkdtemp(join(tmpdir(), 'storewatch-out-')), await createTestDatabase()];
  env = { ...process.env, DATABASE_URL: testDatabase.url, STOREWATCH_HOME: join(dir, 'home') };
  const zones = Array.from({ length: STORES }, (_, i) => `${LONG}${i},America/Chicago\n`).join('');
  await mkdir(join(dir, 'files'));
  await writeFile(join(dir, 'files', 'store_timezones.csv'), `store_id,timezone_str\n${zones}`);
  await writeFile(
    join(dir, 'files', 'store_status.csv'),
    `store_id,status,timestamp_utc\n${LONG}1,active,2026-01-12 15:14:00 UTC\n${LONG}2,active,yesterday\n`,
  );
});
afterAll(async () => {
  await testDatabase.drop();
  await rm(dir, { recursive: true, force: true });
});

const run = (...args: string[]): Promise<Ended> => runHere({ env, cwd: dir }, ...args);

/** The output of a command whose reader stops after the first chunk, like `head -1`. */
async function readBriefly(...args: string[]): Promise<{ code: number | null; err: string }> {
  const child = spawn(process.execPath, [resolve('dist/src/cli.js'), ...args], {
    env,
    cwd: dir,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let err = '';
  child.stderr.on('data', (data: Buffer) => (err += data.toString()));
  child.stdout.once('data', () => child.stdout.destroy());
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, err };
}

describe('storewatch report --out', () => {
  // A separate process: streams to stdout are tested, including broken ones below.
  it('- writes the report to stdout and everything else to stderr', async () => {
    const where = { env, cwd: dir };
    const { code, out, err } = await startCommand(where, 'report', '--data', 'files', '--out', '-').ended;
    expect(code).toBe(0);
    expect(out).toMatch(HEADER);
    expect(out.split('\n')).toHaveLength(STORES + 2);
    expect(err).toContain('store_timezones.csv: 2000 rows read');
    expect(err).toContain('store_status.csv:3: timestamp_utc: "yesterday"');
    expect(err).toMatch(/report of 2000 stores .*: stdout\n$/);
  });

  it('has only the stores that --filter selects', async () => {
    const { out, err } = await run('report', '--out', '-', '--filter', 'store_id = "*x7*" -store_id:77');
    // 7, 70 to 79 and 700 to 799, without 77 and 770 to 779
    expect(out.match(/x7\d*,/g)).toHaveLength(100);
    expect(err).toMatch(/report of 100 stores/);
    expect(await run('report', '--data', 'no-such-folder', '--out', 'x.csv', '--filter', 'brand=bk')).toMatchObject({
      code: 1,
      err: 'storewatch: filter must compare store_id, name, timezone or tags.KEY, got "brand" at character 1.\n',
    });
  });

  it('prints no error when its reader stops', async () => {
    expect(await readBriefly('report', '--out', '-')).toMatchObject({
      code: 141,
      err: expect.not.stringMatching(/EPIPE|\n\s+at /),
    });
  });

  it.each([
    ['missing/report.csv', /^storewatch: --out: the folder .*missing does not exist; create it: mkdir -p .*missing\n$/],
    ['files', /^storewatch: --out: must be a file, such as files\/report\.csv; files is a folder\.\n$/],
    ['files/store_status.csv/report.csv', /^storewatch: --out: .*store_status\.csv is a file, not a folder\.\n$/],
    ['', /^storewatch: --out: must be a file, or - for stdout, got ""\.\n$/],
  ])('says what is wrong with %j before it does anything', async (out, message) => {
    const { code, err } = await run('report', '--data', 'no-such-folder', '--out', out);
    expect([code, err]).toEqual([1, expect.stringMatching(message)]);
  });

  it('replaces a file and keeps its permissions and links to it', async () => {
    const [file, link] = [join(dir, 'kept.csv'), join(dir, 'link.csv')];
    await writeFile(file, 'old');
    await chmod(file, 0o640);
    await symlink(file, link);
    expect(await run('report', '--out', link)).toMatchObject({ code: 0, out: expect.stringContaining(link) });
    expect(await readFile(file, 'utf8')).toMatch(HEADER);
    expect((await stat(file)).mode & 0o777).toBe(0o640);
    expect((await readdir(dir)).filter((name) => name.endsWith('.part'))).toEqual([]);
  });

  it('writes to special files such as a pipe or /dev/null', async () => {
    expect(await run('report', '--out', '/dev/null')).toMatchObject({ code: 0 });
    expect((await stat('/dev/null')).isFile()).toBe(false);
  });
});

describe('a command', () => {
  it('prints no error when its reader stops', async () => {
    // Each row is written separately.
    for (let i = 0; i < 3; i++) await run('keys', 'create', `key-${i}`, '--scopes', 'read');
    expect(await readBriefly('keys', 'list')).toMatchObject({ err: '' });
  });
});

describe('the report of a command', () => {
  it('has an attempt while hours are rolled up, so that no server treats it as abandoned', async () => {
    const holder = new Client({ connectionString: testDatabase.url });
    await holder.connect();
    try {
      await run('load', 'files');
      await holder.query('begin');
      await holder.query('lock table rollup_block in exclusive mode');
      const running = run('report', '--out', 'held.csv');
      for (let attempt = 0; attempt === 0; await sleep(20)) {
        const { rows } = await holder.query("select attempt from report where status = 'Running'");
        attempt = rows[0]?.attempt ?? 0;
      }
      await holder.query('rollback');
      expect((await running).code).toBe(0);
    } finally {
      await holder.end();
    }
  });
});
