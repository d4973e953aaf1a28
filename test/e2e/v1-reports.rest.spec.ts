import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  EXAMPLE_PARTS,
  EXAMPLE_REPORT,
  EXAMPLE_REPORT_OBSERVED,
  EXAMPLE_WINDOWS,
  LAST_90M,
  MORNING,
  loadExample,
} from './example.js';
import { ask } from './raw.js';
import { type Answer, type ReportBody, UUID, describedReport, makeReport, newReport, send, sendJson } from './rest.js';
import { type Storewatch, startStorewatch } from './server.js';

const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const AS_OF = '2023-01-23T17:00:00.000Z';

const NO_TIME = { open_ms: 0, up_ms: 0, down_ms: 0, carried_up_ms: 0, carried_down_ms: 0, unknown_ms: 0 };
const A_MORNING = { ...NO_TIME, open_ms: 5_400_000, up_ms: 3_660_000, down_ms: 900_000, carried_down_ms: 840_000 };
const A_LAST_90M = { ...NO_TIME, open_ms: 5_400_000, up_ms: 2_700_000, down_ms: 2_700_000 };
const CLOSED = { ...NO_TIME, uptime_ms: 0, downtime_ms: 0, uptime_percent: null, polls: 0 };

let server: Storewatch;

beforeAll(async () => {
  server = await startStorewatch();
  await loadExample(server);
});
afterAll(() => server?.close());

const trigger = (options: unknown): Promise<Answer> => sendJson(server, 'POST', '/v1/reports', options);

describe('POST /v1/reports', () => {
  it('answers at once with the new report and its Location', async () => {
    const answer = await trigger({
      stores: ['hours', 'A'],
      windows: [MORNING, LAST_90M],
      basis: 'observed',
      format: 'json',
    });

    expect(answer.status).toBe(202);
    const report = answer.json() as ReportBody;
    expect(answer.headers.get('location')).toBe(`/v1/reports/${report.report_id}`);
    expect(report).toEqual({
      report_id: expect.stringMatching(UUID),
      status: 'Running',
      message: 'Report generation in progress...',
      progress: { stores_done: 0, stores_total: null },
      as_of: AS_OF,
      basis: 'observed',
      format: 'json',
      stores: ['hours', 'A'],
      filter: null,
      windows: EXAMPLE_WINDOWS,
      columns: null,
      group_by: null,
      account: null,
      size_bytes: null,
      sha256: null,
      webhook: null,
      created_at: expect.stringMatching(INSTANT),
      finished_at: null,
      expired_at: null,
    });
    expect(answer.headers.get('retry-after')).toBe('1');
    expect(await describedReport(server, report.report_id)).toEqual({
      ...report,
      status: 'Complete',
      message: 'Report generation complete',
      progress: { stores_done: 2, stores_total: 2 },
      account: expect.any(Object),
      size_bytes: expect.any(Number),
      sha256: expect.stringMatching(/^[\da-f]{64}$/),
      finished_at: expect.stringMatching(INSTANT),
    });
  });

  it.each([
    ['no body', undefined],
    ['an empty object', {}],
    ['nulls', { as_of: null, basis: null, stores: null, filter: null, windows: null, format: null }],
  ])('makes the same report from %s as trigger_report, byte for byte', async (_what, options) => {
    const answer = options ? await trigger(options) : await send(server, '/v1/reports', { method: 'POST' });
    const report = answer.json() as ReportBody;
    await describedReport(server, report.report_id);

    expect(report).toMatchObject({ as_of: AS_OF, basis: 'all', format: 'csv', stores: null });
    expect(report.windows.map(({ name }) => name)).toEqual(['last_hour', 'last_day', 'last_week']);
    const content = await send(server, `/v1/reports/${report.report_id}/content`);
    expect(content.text).toBe(EXAMPLE_REPORT);
    expect(content.bytes).toEqual((await newReport(server)).csv.bytes);
    expect((await send(server, `/get_report?report_id=${report.report_id}`)).bytes).toEqual(content.bytes);
  });

  it('makes the same seven columns for selected stores, each once, in the usual order', async () => {
    const { content } = await makeReport(server, { stores: ['say "hi", zone', 'A', '=1+1', 'A'], basis: 'observed' });

    const rows = EXAMPLE_REPORT_OBSERVED.split('\n');
    expect(content.text).toBe([rows[0], rows[2], rows[3], rows[5], ''].join('\n'));
  });

  it('writes the breakdown of custom windows as CSV, whatever the basis', async () => {
    const all = await makeReport(server, { windows: [MORNING, LAST_90M] });
    const observed = await makeReport(server, { windows: [MORNING, LAST_90M], basis: 'observed', as_of: AS_OF });

    expect(all.report.windows).toEqual(EXAMPLE_WINDOWS);
    expect(all.content.text).toBe(EXAMPLE_PARTS);
    expect(observed.content.text).toBe(EXAMPLE_PARTS);
  });

  it('ends durations at as_of', async () => {
    const { report, content } = await makeReport(server, {
      as_of: '2023-01-23T16:30:00Z',
      stores: ['A'],
      windows: [{ ...LAST_90M, duration: ' 5400s ' }],
    });

    expect(report.windows).toEqual([{ ...EXAMPLE_WINDOWS[0], name: 'last_90m' }]);
    expect(content.text.split('\n')[1]).toBe('A,5400000,3660000,900000,0,840000,0');
  });

  it('is exact to the millisecond', async () => {
    const window = { name: 'blink', from: '2023-01-23T15:13:59.999Z', to: '2023-01-23T15:14:00.002999Z' };

    expect((await makeReport(server, { stores: ['A'], windows: [window] })).content.text).toContain(
      '\nA,3,2,0,0,1,0\n',
    );
  });

  it('writes JSON: the windows once, then every store with its breakdown and figures', async () => {
    const { content } = await makeReport(server, {
      stores: ['hours', 'A'],
      windows: [MORNING, LAST_90M],
      format: 'json',
    });

    expect(content.json()).toEqual({
      as_of: AS_OF,
      basis: 'all',
      windows: EXAMPLE_WINDOWS,
      stores: [
        {
          store_id: 'A',
          windows: {
            morning: { ...A_MORNING, uptime_ms: 3_660_000, downtime_ms: 1_740_000, uptime_percent: 67.78, polls: 2 },
            last_90m: { ...A_LAST_90M, uptime_ms: 2_700_000, downtime_ms: 2_700_000, uptime_percent: 50, polls: 1 },
          },
        },
        { store_id: 'hours', windows: { morning: CLOSED, last_90m: CLOSED } },
      ],
    });
  });

  it('writes NDJSON: one line per store, with unescaped ids', async () => {
    const { content } = await makeReport(server, {
      stores: ['A', '=1+1', 'say "hi", zone'],
      windows: [MORNING],
      basis: 'observed',
      format: 'ndjson',
    });

    const unknown = { ...CLOSED, open_ms: 5_400_000, unknown_ms: 5_400_000 };
    const lines = content.text.split('\n');
    expect(lines.pop()).toBe('');
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
      { store_id: '=1+1', windows: { morning: unknown } },
      {
        store_id: 'A',
        // 61 of 76 minutes
        windows: {
          morning: { ...A_MORNING, uptime_ms: 3_660_000, downtime_ms: 900_000, uptime_percent: 80.26, polls: 2 },
        },
      },
      { store_id: 'say "hi", zone', windows: { morning: unknown } },
    ]);
  });

  it('writes the last hour, day and week as JSON too', async () => {
    const { content } = await makeReport(server, { stores: ['A'], format: 'ndjson' });

    const { windows } = content.json() as { windows: Record<string, { uptime_ms: number; downtime_ms: number }> };
    expect(Object.entries(windows).map(([name, w]) => [name, w.uptime_ms / 60_000, w.downtime_ms / 60_000])).toEqual([
      ['last_hour', 15, 45],
      ['last_day', 61, 119],
      ['last_week', 61, 119],
    ]);
  });

  it.each([
    ['csv', 'text/csv; charset=utf-8'],
    ['json', 'application/json; charset=utf-8'],
    ['ndjson', 'application/x-ndjson; charset=utf-8'],
  ])('returns %s as a download', async (format, type) => {
    const { report, content } = await makeReport(server, { format });

    expect(content.status).toBe(200);
    expect(content.headers.get('content-type')).toBe(type);
    expect(content.headers.get('content-disposition')).toBe(
      `attachment; filename="storewatch-report-${report.report_id}.${format}"`,
    );
    // fetch requests gzip, whose length is not known in advance.
    const { headers } = await ask(server, `/v1/reports/${report.report_id}/content`);
    expect(headers['content-length']).toBe(String(content.bytes.length));
  });
});
