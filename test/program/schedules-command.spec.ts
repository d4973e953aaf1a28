import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTestDatabase } from '../setup/test-database.js';
import type { Ended } from './command.js';
import { runHere } from './run-here.js';

let dir: string;
let env: NodeJS.ProcessEnv;
let testDatabase: Awaited<ReturnType<typeof createTestDatabase>>;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'storewatch-schedules-'));
  testDatabase = await createTestDatabase();
  env = { ...process.env, DATABASE_URL: testDatabase.url, STOREWATCH_HOME: dir };
});
afterAll(async () => {
  await testDatabase.drop();
  await rm(dir, { recursive: true, force: true });
});

const schedules = (...args: string[]): Promise<Ended> => runHere({ env, cwd: dir }, 'schedules', ...args);

describe('storewatch schedules', () => {
  it('creates, shows, changes and removes schedules', async () => {
    const fields = [
      '--timezone',
      'America/Chicago',
      '--gzip',
      '--filter',
      'tags.region=North',
      '--window',
      'three_days=3d',
      'an_hour=1h',
    ];
    expect(await schedules('create', 'finance', '--cron', '0 5 * * 1-5', ...fields)).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^The schedule finance is next due at \S+T1[01]:00Z\.\n$/),
    });
    expect((await schedules('list')).out).toMatch(
      /^name {5}cron .*\nfinance {2}0 5 \* \* 1-5 {2}America\/Chicago {2}csv\.gz, all {2}finance\/ {5}\S+T1[01]:00Z\n$/,
    );
    expect(JSON.parse((await schedules('show', 'finance')).out)).toMatchObject({ filter: 'tags.region=North' });
    expect((await schedules('set', 'finance', '--filter=', '--no-gzip', '--window=', '--format', 'json')).code).toBe(0);
    expect((await schedules('disable', 'finance')).out).toBe('The schedule finance is disabled.\n');
    expect(JSON.parse((await schedules('show', 'finance')).out)).toMatchObject({
      cron: '0 5 * * 1-5',
      gzip: false,
      filter: null,
      windows: null,
      format: 'json',
      enabled: false,
    });
    expect((await schedules('enable', 'finance')).out).toMatch(/is next due at/);
    expect((await schedules('runs', 'finance')).out).toBe('run  due  status  attempts  file  bytes  error\n');
    expect((await schedules('remove', 'finance')).out).toBe('The schedule finance is removed. Its files stay.\n');
    expect((await schedules('list')).out).toBe('name  cron  zone  report  destination  next\n');
  });

  it('accepts the short forms of crontab(5)', async () => {
    expect((await schedules('create', 'hourly', '--cron', '@hourly')).code).toBe(0);
    expect((await schedules('list')).out).toContain('hourly  0 * * * *  UTC');
    expect((await schedules('remove', 'hourly')).code).toBe(0);
  });

  it.each([
    [['create', 'x'], "required option '--cron <fields>' not specified"],
    [['create', 'x', '--cron', '0 25 * * *'], 'cron: "25" is not a valid hour; write *, 0 to 23'],
    [
      ['create', 'x', '--cron', '0 2 * * *', '--filter', 'state = up'],
      'filter must not have state, which only the summary, heatmap and events of the fleet know, got "state" at character 1.',
    ],
    [['create', 'x', '--cron', '@reboot'], 'cron: "@reboot" means system startup'],
    [['create', 'x', '--cron', '0 2 * * *', '--stores', 'nobody'], 'stores[0]: there is no store "nobody".'],
    [
      ['create', 'x', '--cron', '0 2 * * *', '--window', '3d'],
      'windows[0].name must be 1 to 40 lower-case letters, digits and _, beginning with a letter, got "3d"',
    ],
    [['show', 'nobody'], 'There is no schedule "nobody".'],
    [['run-again', 'nobody', '2026-11-23'], 'There is no schedule "nobody".'],
  ])('%j: %s', async (args, message) => {
    expect(await schedules(...args)).toMatchObject({ code: 1, err: expect.stringContaining(message) });
  });
});
