// A separate process: logs on stdout and the metrics of both threads are tested.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { samplesOf } from '../e2e/metrics.js';
import { createTestDatabase } from '../setup/test-database.js';
import { type Started, checkBuilt, startCommand } from './command.js';

const POLLS = 'store_id,status,timestamp_utc\ns,active,2026-10-05 10:10:00 UTC\ns,active,2026-10-05 11:10:00 UTC\n';

let testDatabase: Awaited<ReturnType<typeof createTestDatabase>>;
let home: string;
const running: Started[] = [];

function start(environment: Record<string, string>, ...args: string[]): Started {
  const settings = { DATABASE_URL: testDatabase.url, STOREWATCH_HOME: home, HTTP_PORT: '0', GRPC_PORT: '0' };
  const started = startCommand({ env: { ...process.env, ...settings, ...environment }, cwd: home }, 'serve', ...args);
  running.push(started);
  return started;
}

beforeAll(async () => {
  await checkBuilt();
  testDatabase = await createTestDatabase();
  home = await mkdtemp(join(tmpdir(), 'storewatch-observed-'));
});
afterAll(async () => {
  for (const { child } of running) child.kill('SIGKILL');
  await Promise.all(running.map(({ ended }) => ended));
  await testDatabase?.drop();
  await rm(home, { recursive: true, force: true });
});

describe('a process with two threads', () => {
  let url: string;
  let server: Started;
  beforeAll(async () => {
    server = start({ LOG_FORMAT: 'json', LOG_LEVEL: 'debug' }, '--roles', 'api,worker');
    url = /REST\s+(http:[\w./:]+)/.exec(await server.said(/Storewatch is ready/))![1];
  });

  const send = (path: string, id: string, init: RequestInit = {}): Promise<Response> =>
    fetch(url + path, { ...init, headers: { 'Content-Type': 'text/csv', 'X-Request-Id': id } });

  it('writes only JSON lines, and those of the bulk thread name the request that they belong to', async () => {
    await send('/v1/imports/store_status', 'of-import', { method: 'POST', body: POLLS });
    const triggered = await fetch(`${url}/trigger_report`, {
      method: 'POST',
      headers: { 'X-Request-Id': 'of-report' },
    });
    const { report_id: reportId } = (await triggered.json()) as { report_id: string };

    const out = await server.said(/is complete after/);
    const lines = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines.find(({ msg }) => String(msg).startsWith(`Report ${reportId} `))).toMatchObject({
      thread: 'bulk',
      request_id: 'of-report',
      report_id: reportId,
      job_id: expect.any(String),
    });
    expect(lines.find(({ msg }) => msg === 'POST /v1/imports/store_status 201')).toMatchObject({
      level: 'debug',
      context: 'REST',
      request_id: 'of-import',
    });
  });

  it('exports the counters of its bulk thread', async () => {
    const metrics = async (): Promise<Map<string, number>> =>
      samplesOf(await (await send('/metrics', 'of-metrics')).text());
    const now = await metrics();
    expect(now.get('storewatch_polls_total{outcome="inserted",source="file"}')).toBe(2);
    expect(now.get('storewatch_report_duration_seconds_count{state="complete"}')).toBe(1);
    expect(now.get('storewatch_metrics_read{part="bulk"}')).toBe(1);
    for (const thread of ['main', 'bulk']) {
      expect(now.get(`storewatch_db_pool_max_connections{thread="${thread}"}`)).toBeGreaterThanOrEqual(3);
      expect(now.has(`storewatch_event_loop_delay_seconds{stat="p99",thread="${thread}"}`)).toBe(true);
    }
    await sleep(1_100); // Figures are cached for that long.
    expect((await metrics()).get('storewatch_polls_total{outcome="inserted",source="file"}')).toBe(2);
  });
});

describe('HEALTH_PORT', () => {
  it.each(['worker', 'scheduler', 'worker,scheduler'])('reports the health of a %s', async (roles) => {
    const process = start({ HEALTH_PORT: '0', LOG_LEVEL: 'error' }, '--roles', roles);
    const greeting = await process.said(/Stop it with/);
    const url = /Health\s+(http:\S+)\/readyz/.exec(greeting)![1];

    expect(await (await fetch(`${url}/livez`)).json()).toEqual({ status: 'ok' });
    const ready = await fetch(`${url}/readyz`);
    expect([ready.status, await ready.json()]).toMatchObject([200, { checks: { queue: { status: 'ok' } } }]);
    const metrics = samplesOf(await (await fetch(`${url}/metrics`)).text());
    expect(metrics.get('storewatch_ready{check="database"}')).toBe(1);
    for (const [path, method] of [
      ['/', 'GET'],
      ['/readyz', 'POST'],
      ['/docs', 'GET'],
    ] as const) {
      const refused = await fetch(url + path, { method });
      expect([refused.status, await refused.json()]).toMatchObject([
        404,
        { type: 'urn:storewatch:problem:not_found', code: 'not_found' },
      ]);
    }

    process.child.kill('SIGTERM');
    expect(await process.ended).toMatchObject({ code: 0, err: '' });
  });

  it('requires a key for metrics when keys are on', async () => {
    const process = start({ HEALTH_PORT: '0', API_KEYS: 'on', LOG_LEVEL: 'error' }, '--roles', 'worker');
    const url = /Health\s+(http:\S+)\/readyz/.exec(await process.said(/Stop it with/))![1];
    const refused = await fetch(`${url}/metrics`);
    expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
  });

  it('that is in use is reported with a way to fix it', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    const process = start({ HEALTH_PORT: String(port) }, '--roles', 'worker');
    const { code, err } = await process.ended;
    taken.close();
    expect([code, err]).toEqual([
      1,
      expect.stringContaining(`Port ${port} is in use; set HEALTH_PORT to another port`),
    ]);
  });
});
