import { afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openEmbeddedPostgres } from '../../src/platform/database/embedded/embedded-postgres.js';
import { gone, postmasterPid, query } from '../setup/embedded-harness.js';
import { newCluster } from '../setup/new-cluster.js';
import { type Started, checkBuilt, startCommand } from './command.js';

/** Long, because a server starts once and its PostgreSQL three times. */
jest.setTimeout(300_000);

let dir: string;
let home: string;
let postgres: string;
const started: Started[] = [];

beforeAll(checkBuilt);
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'storewatch-dies-'));
  home = join(dir, 'home');
  postgres = join(home, 'postgres');
});
afterEach(async () => {
  for (const { child, ended } of started.splice(0)) {
    child.kill('SIGKILL');
    await ended;
  }
  const left = await postmasterPid(postgres);
  if (left !== undefined) process.kill(left, 'SIGQUIT');
  await rm(dir, { recursive: true, force: true, maxRetries: 20 });
});

function start(environment: NodeJS.ProcessEnv, ...args: string[]): Started {
  const { DATABASE_URL: _url, ...rest } = process.env;
  const env = { ...rest, STOREWATCH_HOME: home, HTTP_PORT: '0', GRPC_PORT: '0', LOG_LEVEL: 'error', ...environment };
  const command = startCommand({ env, cwd: dir }, ...args);
  started.push(command);
  return command;
}

/** Variables that psql, initdb and postgres would use. */
const VARIABLES = {
  PGHOST: 'nowhere.invalid',
  PGPORT: '1',
  PGDATA: '/nowhere',
  PGUSER: 'nobody',
  PGPASSWORD: 'wrong',
  PGDATABASE: 'none',
  PGOPTIONS: '-c default_transaction_read_only=on -c no.such=1',
  PGSSLMODE: 'verify-full',
  PGSSLNEGOTIATION: 'direct',
  PGSERVICE: 'none',
  PGTZ: 'Asia/Tokyo',
  PGAPPNAME: 'somebody',
  PGCLIENTENCODING: 'LATIN1',
};

const POLL = { store_id: 's', status: 'active', timestamp_utc: '2026-10-05T10:10:00Z' };
const send = (url: string): Promise<number> =>
  fetch(`${url}/v1/polls`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ polls: [POLL] }),
  }).then(({ status }) => status);

async function running(): Promise<void> {
  while (!(await readFile(join(postgres, 'data', 'postmaster.pid'), 'utf8').catch(() => '')).includes('ready'))
    await sleep(20);
}

describe('a server whose embedded PostgreSQL is killed', () => {
  it('restarts it, keeps acknowledged data, answers 503 meanwhile, and ignores PG* variables', async () => {
    const server = start(VARIABLES, 'serve');
    const url = /REST\s+(\S+)/.exec(await server.said(/Stop it with/))![1];
    expect(await send(url)).toBe(200);
    const beside = await openEmbeddedPostgres(postgres);

    for (let death = 1; death <= 2; death++) {
      const dead = (await postmasterPid(postgres))!;
      process.kill(dead, 'SIGKILL');
      // The dying server may still answer a request. Its pid stays in the file until the next server replaces it.
      for (let [pid, status] = [dead as number | undefined, 0]; pid === undefined || pid === dead || status !== 200;) {
        await sleep(20);
        pid = await postmasterPid(postgres);
        ({ status } = await fetch(`${url}/v1/stores/s`));
        expect([200, 503]).toContain(status);
      }
    }
    while ((await fetch(`${url}/readyz`)).status !== 200) await sleep(50);
    expect(await send(url)).toBe(200);
    expect(await query(beside.url, 'select count(*)::int as polls from poll')).toEqual([{ polls: 1 }]);
    await beside.release();
    server.child.kill('SIGTERM');
    expect(await server.ended).toMatchObject({ code: 0 });
    expect(await postmasterPid(postgres)).toBeUndefined();
  });
});

describe('an interrupted command', () => {
  const created = async (): Promise<void> => {
    await mkdir(postgres, { recursive: true });
    newCluster(postgres);
  };
  const pipe = join('files', 'store_status.csv');
  beforeEach(async () => {
    await mkdir(join(dir, 'files'));
    // Nothing is written to the pipe: the command waits for its first row.
    execFileSync('mkfifo', [join(dir, pipe)]);
  });
  const onUnix = process.platform === 'win32' ? it.skip : it;

  onUnix.each([
    ['SIGINT', 'load', 'files'],
    ['SIGTERM', 'report', '--data', 'files', '--out', 'report.csv'],
  ] as const)('by %s stops the embedded PostgreSQL: %s', async (signal, ...args) => {
    await created();
    const command = start({}, ...args);
    await running();
    const pid = (await postmasterPid(postgres))!;
    command.child.kill(signal);
    expect(await command.ended).toEqual({ code: null, out: '', err: '' });
    expect(command.child.signalCode).toBe(signal);
    expect(await postmasterPid(postgres)).toBeUndefined();
    await gone(pid); // The file vanishes shortly before its process does.
  });

  onUnix.each(['data.draft-', 'postgres.log'])('stops it also while it is starting: %s is there', async (name) => {
    if (name === 'postgres.log') await created();
    const command = start({}, 'migrate');
    while (!(await readdir(postgres).catch(() => [])).some((found) => found.startsWith(name))) await sleep(1);
    command.child.kill('SIGINT');
    expect(await command.ended).toEqual({ code: null, out: '', err: '' });
    expect(command.child.signalCode).toBe('SIGINT');
    expect(await postmasterPid(postgres)).toBeUndefined();
  });

  onUnix('leaves it to another process that uses it', async () => {
    await created();
    const other = await openEmbeddedPostgres(postgres);
    const command = start({}, 'load', 'files');
    const waits = `select from pg_stat_activity where application_name = 'storewatch'`;
    while ((await query(other.url, waits)).length === 0) await sleep(20);
    command.child.kill('SIGTERM');
    expect(await command.ended).toMatchObject({ code: null });
    expect(await query(other.url, 'select 1 as up')).toEqual([{ up: 1 }]);
    await other.release();
    expect(await postmasterPid(postgres)).toBeUndefined();
  });
});
