import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { StoreStatus } from '../../src/generated/storewatch/v1/common.js';
import { Roles } from '../../src/platform/config/roles.js';
import { bearing, newKey } from './access.js';
import { at, failure } from './grpc.js';
import { metricsOf } from './metrics.js';
import { load, newReport, send, sendJson } from './rest.js';
import { type Storewatch, startStorewatch } from './server.js';

let server: Storewatch;
const poll = (status: string, time: string): object => ({ store_id: 's', status, timestamp_utc: time });

/** Checks that samples have grown by these values. A request is counted after its response is sent, so this waits. */
async function expectGrown(before: ReadonlyMap<string, number>, expected: Record<string, number>): Promise<void> {
  const grown = async (): Promise<Record<string, number>> => {
    const after = await metricsOf(server);
    return Object.fromEntries(
      Object.keys(expected).map((sample) => [sample, (after.get(sample) ?? 0) - (before.get(sample) ?? 0)]),
    );
  };
  const deadline = performance.now() + 5_000;
  let found = await grown();
  while (performance.now() < deadline && !isDeepStrictEqual(found, expected)) found = await grown();
  expect(found).toEqual(expected);
}

beforeAll(async () => {
  server = await startStorewatch();
});
afterAll(() => server?.close());

describe('GET /metrics', () => {
  it('uses the Prometheus text format', async () => {
    const { status, headers, text } = await send(server, '/metrics');
    expect([status, headers.get('content-type')]).toEqual([200, 'text/plain; version=0.0.4; charset=utf-8']);
    expect(text).toMatch(/^# HELP storewatch_polls_total .+\n# TYPE storewatch_polls_total counter$/m);
    expect(text).toMatch(/^process_cpu_seconds_total \d/m);
    expect(text.match(/^# TYPE (\S+)/gm)).toEqual([...new Set(text.match(/^# TYPE (\S+)/gm))]);
  });

  it('ends the name of every counter, and of nothing else, with `_total`', async () => {
    const { text } = await send(server, '/metrics');
    const metrics = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, type]) => ({ name, type }));
    expect(metrics.length).toBeGreaterThan(30);
    expect(metrics.filter(({ name, type }) => name.endsWith('_total') !== (type === 'counter'))).toEqual([]);
    for (const what of ['handles', 'requests', 'resources'])
      expect(text).toContain(`# TYPE nodejs_active_${what} gauge\n`);
  });

  it('counts polls by source and outcome', async () => {
    const times = ['2026-10-05T10:10:00Z', '2026-10-05T10:20:00Z'];
    const before = await metricsOf(server);
    await sendJson(server, 'POST', '/v1/polls', {
      polls: [...times.map((time) => poll('active', time)), poll('active', times[0]), poll('x', times[0])],
    });
    await server.grpc.ingestPolls([
      [{ storeId: 's', status: StoreStatus.STORE_STATUS_ACTIVE, polledAt: at(times[0]) }],
      [{ storeId: '', status: StoreStatus.STORE_STATUS_ACTIVE, polledAt: at(times[0]) }],
    ]);
    await load(server, 'store_status', `store_id,status,timestamp_utc\ns,active,2026-10-05T11:00:00Z\ns,x,\n`);
    await load(server, 'store_timezones', 'store_id,timezone_str\ns,America/Chicago\n');

    const polls = (source: string, outcome: string): string =>
      `storewatch_polls_total{outcome="${outcome}",source="${source}"}`;
    await expectGrown(before, {
      [polls('rest', 'inserted')]: 2,
      [polls('rest', 'duplicate')]: 1,
      [polls('rest', 'rejected')]: 1,
      [polls('grpc', 'inserted')]: 0,
      [polls('grpc', 'duplicate')]: 1,
      [polls('grpc', 'rejected')]: 1,
      [polls('file', 'inserted')]: 1,
      [polls('file', 'duplicate')]: 0,
      [polls('file', 'rejected')]: 1,
    });
  });

  it('measures requests by route, never by the path that a client writes', async () => {
    const before = await metricsOf(server);
    await send(server, '/v1/stores/s/timeline');
    await send(server, '/v1/stores/nobody/timeline');
    await send(server, '/v1/nothing/secret-word');
    await send(server, '/v1/stores', { method: 'PROPFIND' });

    const count = (method: string, route: string, status: number): string =>
      `storewatch_http_request_duration_seconds_count{method="${method}",route="${route}",status="${status}"}`;
    await expectGrown(before, {
      [count('GET', '/v1/stores/:store_id/timeline', 200)]: 1,
      [count('GET', '/v1/stores/:store_id/timeline', 404)]: 1,
      [count('GET', 'other', 404)]: 1,
      [count('other', 'other', 405)]: 1,
    });
    expect((await send(server, '/metrics')).text).not.toMatch(/secret-word|nobody|PROPFIND/);
  });

  it('measures gRPC calls by method and code', async () => {
    const before = await metricsOf(server);
    await server.grpc.listTimezones();
    await failure(server.grpc.getReport({ reportId: 'x' }));

    const count = (method: string, code: string): string =>
      `storewatch_grpc_call_duration_seconds_count{code="${code}",method="/storewatch.v1.${method}"}`;
    await expectGrown(before, {
      [count('TimezonesService/ListTimezones', 'OK')]: 1,
      [count('ReportsService/GetReport', 'INVALID_ARGUMENT')]: 1,
    });
  });

  it('measures reports', async () => {
    const before = await metricsOf(server);
    await newReport(server);
    await expectGrown(before, { 'storewatch_report_duration_seconds_count{state="complete"}': 1 });
    expect((await metricsOf(server)).get('storewatch_metrics_read{part="reports"}')).toBe(1);
  });
});

describe('a client that disconnects during the response', () => {
  it('is counted with status 499, whatever status the response began with', async () => {
    const api = await startStorewatch({}, { roles: Roles.parse('api') });
    try {
      const triggered = await sendJson(api, 'POST', '/trigger_report', { as_of: '2026-10-05T12:00:00Z' });
      const { report_id: id } = triggered.json() as { report_id: string };
      const gone = new AbortController();
      const { status, body } = await fetch(`${api.http}/v1/reports/${id}/events`, { signal: gone.signal });
      expect(status).toBe(200);
      await body!.getReader().read();
      gone.abort();

      const sample =
        'storewatch_http_request_duration_seconds_count{method="GET",route="/v1/reports/:report_id/events",status="499"}';
      while (!(await metricsOf(api)).has(sample)) await sleep(20);
    } finally {
      await api.close();
    }
  });
});

describe('pending invalidations', () => {
  it('are reported with their age', async () => {
    const idle = await startStorewatch({}, { roles: Roles.parse('api') });
    try {
      const gauges = async (): Promise<(number | undefined)[]> => {
        const now = await metricsOf(idle);
        return ['rollup_lag_seconds', 'rollup_due_hours', 'rollup_due_rows'].map((name) =>
          now.get(`storewatch_${name}{}`),
        );
      };
      expect(await gauges()).toEqual([0, 0, 0]);

      const hour = 3_600_000;
      const nowMs = Date.now();
      const thisHour = nowMs - (nowMs % hour);
      await sendJson(idle, 'POST', '/v1/polls', {
        polls: [-3, -1, 0].map((hours) => poll('active', new Date(thisHour + hours * hour).toISOString())),
      });
      await idle.pool.query('insert into rollup_block (block) values (0)');
      await sleep(1_100); // Figures are cached for that long.
      const [lag, hours, rows] = await gauges();
      expect(lag).toBeGreaterThanOrEqual((nowMs - thisHour) / 1_000 + 3 * 3_600);
      expect(lag).toBeLessThan((nowMs - thisHour) / 1_000 + 3 * 3_600 + 60);
      expect([hours, rows]).toEqual([3, 0]);
    } finally {
      await idle.close();
    }
  });
});

describe('with API keys', () => {
  it('the metrics need the scope read', async () => {
    const guarded = await startStorewatch({ API_KEYS: 'on' });
    try {
      const status = async (key?: string): Promise<number> => {
        return (await send(guarded, '/metrics', key === undefined ? {} : { headers: bearing(key) })).status;
      };
      const keys = [await newKey(guarded, ['ingest']), await newKey(guarded, ['read'])];
      expect([await status(), ...(await Promise.all(keys.map(status)))]).toEqual([401, 403, 200]);
    } finally {
      await guarded.close();
    }
  });
});
