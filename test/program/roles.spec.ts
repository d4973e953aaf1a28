import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Settings } from '../../src/platform/config/settings.js';
import { createContext, openDatabase } from '../../src/app/process-context.js';
import { startServer } from '../../src/app/start-server.js';
import { Roles } from '../../src/platform/config/roles.js';
import { RollupsTasks } from '../../src/features/rollups/rollups.tasks.js';
import { createTestDatabase } from '../setup/test-database.js';

/** Three processes of the program over one database, each with its own connection pool. */
describe('roles', () => {
  let home: string;
  let testDatabase: Awaited<ReturnType<typeof createTestDatabase>>;
  const closers: (() => Promise<void>)[] = [];
  let url: string;
  let tick: () => Promise<void>;

  beforeAll(async () => {
    testDatabase = await createTestDatabase();
    home = await mkdtemp(join(tmpdir(), 'storewatch-roles-'));
    const settings = Settings.from({
      DATABASE_URL: testDatabase.url,
      STOREWATCH_HOME: home,
      HTTP_PORT: '0',
      GRPC_PORT: '0',
      LOG_LEVEL: 'error',
    });
    const [api, worker, scheduler] = await Promise.all([1, 2, 3].map(() => openDatabase(settings)));
    const server = await startServer(settings, api.database, Roles.parse('api'));
    const [working, scheduling] = await Promise.all([
      createContext(settings, worker.database, Roles.parse('worker')),
      createContext(settings, scheduler.database, Roles.parse('scheduler')),
    ]);
    url = server.httpUrl;
    tick = () => scheduling.get(RollupsTasks).tick();
    closers.push(
      () => server.app.close(),
      () => working.close(),
      () => scheduling.close(),
      ...[api, worker, scheduler].map((database) => () => database.close()),
    );
  });

  afterAll(async () => {
    for (const close of closers) await close();
    await testDatabase.drop();
    await rm(home, { recursive: true, force: true });
  });

  const post = async (path: string, body: unknown): Promise<Record<string, unknown>> => {
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(`${url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
    return (await response.json()) as Record<string, unknown>;
  };

  it('the worker makes a report requested from the API', async () => {
    await post('/v1/polls', { polls: [{ store_id: 's', status: 'active', timestamp_utc: '2026-10-05T10:10:00Z' }] });
    const { report_id: id } = await post('/trigger_report', {});
    for (;;) {
      const response = await fetch(`${url}/get_report?report_id=${String(id)}`);
      if (response.headers.get('content-type')!.startsWith('text/csv')) {
        expect((await response.text()).split('\n')[1]).toMatch(/^s,/);
        return;
      }
      expect(await response.json()).toMatchObject({ report_id: id, status: 'Running' });
      await sleep(50);
    }
  });

  it('a tick of the scheduler makes the worker roll up', async () => {
    await post('/v1/polls', { polls: [{ store_id: 's', status: 'active', timestamp_utc: '2026-10-05T12:10:00Z' }] });
    const { database, close } = await openDatabase(Settings.from({ DATABASE_URL: testDatabase.url }));
    const rows = async (): Promise<number> => (await database.pool.query('select 1 from uptime_hour')).rowCount ?? 0;
    await tick();
    while ((await rows()) < 2) await sleep(50);
    expect(await rows()).toBe(2); // 10 and 11; 12 is not over
    await close();
  });

  it('a roll-up of many blocks asks other workers to share it', async () => {
    const { database, close } = await openDatabase(Settings.from({ DATABASE_URL: testDatabase.url }));
    const { pool } = database;
    const one = async <T>(sql: string): Promise<T> => (await pool.query(sql)).rows[0].value as T;
    // 201 blocks of stores
    await pool.query(`insert into store (id, external_id) overriding system value values (200500, 'far')`);
    await post('/v1/polls', { polls: [{ store_id: 'far', status: 'active', timestamp_utc: '2026-10-05T13:10:00Z' }] });
    await tick();
    const helpers = `from pgboss.job where name = 'rollup' and data ? 'helper'`;
    const done = `select count(*)::integer as value ${helpers} and state = 'completed'`;
    while ((await one<number>(done)) < 4) await sleep(50);
    expect(await one<string>(`select string_agg(singleton_key, ', ' order by singleton_key) as value ${helpers}`)).toBe(
      'helper 1, helper 2, helper 3, helper 4',
    );
    expect(await one('select count(*)::integer as value from rollup_block where rolled_to is null')).toBe(0);
    expect(await one('select count(*)::integer as value from rollup_block')).toBe(201);
    await close();
  });
});
