// Separate processes: schedulers and workers are killed.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFile, readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { Zone } from '#libs/calendar/zone.js';
import { Clock } from '../../src/platform/clock/clock.js';
import { Lock } from '../../src/platform/database/locks.js';
import { Roles } from '../../src/platform/config/roles.js';
import { newReport, send, sendJson } from '../e2e/rest.js';
import { type Storewatch, startStorewatch } from '../e2e/server.js';
import { databaseUrl, execute } from '../setup/test-database.js';
import { checkBuilt } from './command.js';

/** Lets the test set the clock of a process, which ends when the test does. */
const CHILD = resolve('test/faults/child.ts');
const CLI = resolve('dist/src/cli.js');
const DAY_MS = 86_400_000;

/** The clock of the process that answers. That process runs neither a scheduler nor a worker. */
class ShiftedClock extends Clock {
  shiftMs = 0;

  override nowMs(): number {
    return super.nowMs() + this.shiftMs;
  }
}

const CHICAGO = Zone.get('America/Chicago');
/** The local date on which the test begins, in days since 1970: tomorrow's, whatever the time is now. */
const FIRST_DATE = Math.floor(CHICAGO.toLocalMs(Date.now()) / DAY_MS) + 1;
/** Noon of the first date in Chicago, epoch ms. */
const NOON = CHICAGO.toUtcMs(FIRST_DATE * DAY_MS + 12 * 3_600_000);

/** 02:00 in Chicago, this many days after the first date, epoch ms. */
function night(days: number): number {
  return CHICAGO.toUtcMs((FIRST_DATE + days) * DAY_MS + 2 * 3_600_000);
}

describe('three nights with two schedulers and two workers, of which one each is killed', () => {
  const clock = new ShiftedClock();
  const server = process.env['STOREWATCH_TEST_DATABASE_URL']!;
  const name = `storewatch_test_${randomBytes(8).toString('hex')}`;
  const url = databaseUrl(server, name);
  const children = new Set<ChildProcess>();
  let storewatch: Storewatch;
  let client: Client;

  beforeAll(async () => {
    await checkBuilt();
    await execute(server, `create database ${name}`); // A new database, with the schedule that every database begins with.
    storewatch = await startStorewatch({}, { url, roles: Roles.parse('api'), clock });
    client = new Client({ connectionString: url });
    await client.connect();
  });
  afterAll(async () => {
    for (const child of children) child.kill('SIGKILL');
    await client?.end();
    await storewatch?.close();
    await execute(server, `drop database ${name} with (force)`);
  });

  /** A process of the program with the same clock offset as all others. */
  function start(roles: string): ChildProcess {
    const child = spawn(process.execPath, ['--import', CHILD, CLI, 'serve', '--roles', roles], {
      env: { ...process.env, DATABASE_URL: url, STOREWATCH_HOME: storewatch.home, LOG_LEVEL: 'error' },
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    children.add(child);
    child.once('exit', () => children.delete(child));
    child.send({ shiftMs: clock.shiftMs });
    return child;
  }

  /** Sets every clock to a minute after an instant. */
  function turn(toMs: number): void {
    clock.shiftMs = toMs + 60_000 - Date.now();
    // One that was just killed may still be among them: its error is of no interest.
    for (const child of children) child.send({ shiftMs: clock.shiftMs }, () => {});
  }

  const until = async (sql: string): Promise<void> => {
    while ((await client.query(sql)).rowCount === 0) await sleep(50);
  };
  const complete = (count: number): Promise<void> =>
    until(`select from schedule_run where status = 'Complete' having count(*) = ${count}`);
  /** PostgreSQL's clock cannot be set, so the last heartbeat of the killed worker is moved into the past instead. */
  const silentFor15Seconds = async (): Promise<void> => {
    await client.query(
      `update pgboss.job set heartbeat_on = heartbeat_on - interval '15s' where state = 'active' and name = 'schedule_run'`,
    );
  };
  const poll = async (ms: number, status: string): Promise<void> => {
    const polls = [{ store_id: 's', status, timestamp_utc: new Date(ms).toISOString() }];
    expect((await sendJson(storewatch, 'POST', '/v1/polls', { polls })).json()).toMatchObject({ accepted: 1 });
  };

  it('leave three artifacts, each with the right content, and the pointer at the last one', async () => {
    turn(NOON);
    await poll(NOON, 'active');
    const early = start('scheduler');
    await until('select from schedule where due_after is not null');
    early.kill('SIGKILL');

    // A scheduler ticks as soon as it starts, so both see the first night at about the same moment.
    turn(night(1));
    await poll(night(1) - 20 * 60_000, 'inactive');
    const [one, two] = [start('scheduler'), start('scheduler')];
    let worker = start('worker');
    await complete(1);

    // Second night: one scheduler is killed at the moment when both see that the run is due.
    turn(night(2));
    await poll(night(2) - 20 * 60_000, 'active');
    await until(`select from schedule_run where status = 'Running' or due_at = '${new Date(night(2)).toISOString()}'`);
    one.kill('SIGKILL');
    await complete(2);

    // Third night: the worker is killed while publishing, and another one takes over.
    await client.query('select pg_advisory_lock($1, hashtext($2))', [Lock.destination, 'nightly']);
    turn(night(3));
    await poll(night(3) - 20 * 60_000, 'inactive');
    start('scheduler');
    await until(`select from pg_locks where locktype = 'advisory' and not granted and classid = ${Lock.destination}`);
    worker.kill('SIGKILL');
    await once(worker, 'exit');
    worker = start('worker');
    await client.query('select pg_advisory_unlock_all()');
    await silentFor15Seconds();
    await complete(3);

    const { rows: runs } = await client.query(
      `select run_id, due_at, artifact_key, sha256, attempt from schedule_run order by due_at`,
    );
    const nights = [1, 2, 3].map((n) => new Date(night(n)).toISOString());
    expect(runs.map(({ due_at: at }) => new Date(at as string).toISOString())).toEqual(nights);
    expect(runs[2].attempt).toBeGreaterThan(1);
    const folder = join(storewatch.home, 'storage', 'nightly');
    const ids = runs.map(({ run_id: id }) => id as string);
    expect((await readdir(folder)).sort()).toEqual([...ids, 'latest.json']);
    const contents: string[] = [];
    for (const [i, id] of ids.entries()) {
      expect(await readdir(join(folder, id))).toEqual(['report.account.json', 'report.csv']);
      contents.push(await readFile(join(folder, id, 'report.csv'), 'utf8'));
      expect(contents[i]).toBe((await newReport(storewatch, { as_of: nights[i] })).csv.text);
    }
    expect(new Set(contents).size).toBe(3);
    const latest = JSON.parse(await readFile(join(folder, 'latest.json'), 'utf8')) as object;
    expect(latest).toMatchObject({ run_id: ids[2], key: `nightly/${ids[2]}/report.csv`, sha256: runs[2].sha256 });

    // A removed default schedule does not come back.
    expect(await send(storewatch, '/v1/schedules/nightly', { method: 'DELETE' })).toMatchObject({ status: 204 });
    two.kill('SIGKILL');
    turn(night(4));
    await sendJson(storewatch, 'POST', '/v1/schedules', { name: 'other', cron: '* * * * *' });
    turn(night(4) + 60_000);
    start('scheduler');
    await until(`select from schedule_run where schedule = 'other' and status = 'Complete'`);
    expect((await client.query('select name from schedule')).rows).toEqual([{ name: 'other' }]);
  }, 180_000);
});
