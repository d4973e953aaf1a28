import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import {
  EXAMPLE_PARTS,
  EXAMPLE_REPORT,
  EXAMPLE_REPORT_OBSERVED,
  EXAMPLE_WINDOWS,
  LAST_90M,
  MORNING,
  loadExample,
} from './example.js';
import {
  type Answer,
  NOBODY,
  type ReportBody,
  UUID,
  describedReport,
  insertReport,
  makeReport,
  newReport,
  problemOf,
  send,
  sendJson,
} from './rest.js';
import { type Storewatch, startStorewatch } from './server.js';

const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const AS_OF = '2023-01-23T17:00:00.000Z';

const NO_TIME = { open_ms: 0, up_ms: 0, down_ms: 0, carried_up_ms: 0, carried_down_ms: 0, unknown_ms: 0 };
const A_MORNING = { ...NO_TIME, open_ms: 5_400_000, up_ms: 3_660_000, down_ms: 900_000, carried_down_ms: 840_000 };
const A_LAST_90M = { ...NO_TIME, open_ms: 5_400_000, up_ms: 2_700_000, down_ms: 2_700_000 };
const CLOSED = { ...NO_TIME, uptime_ms: 0, downtime_ms: 0, uptime_percent: null, polls: 0 };

/** The account of a window that ends at as-of: polls, stores never polled, stores silent, share observed. */
const counted = (name: string, from: string, [polls, never, silent, share]: readonly (number | null)[]): object => ({
  name,
  from,
  to: AS_OF,
  polls,
  stores_never_polled: never,
  stores_silent: silent,
  observed_share: share,
});

let server: Storewatch;

beforeAll(async () => {
  server = await startStorewatch();
  await loadExample(server);
});
afterAll(() => server?.close());

const trigger = (options: unknown): Promise<Answer> => sendJson(server, 'POST', '/v1/reports', options);

describe('POST /v1/reports', () => {
  it('answers at once with the report that it will be, and where it is', async () => {
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
      windows: EXAMPLE_WINDOWS,
      account: null,
      created_at: expect.stringMatching(INSTANT),
      finished_at: null,
    });
    expect(await describedReport(server, report.report_id)).toEqual({
      ...report,
      status: 'Complete',
      message: 'Report generation complete',
      progress: { stores_done: 2, stores_total: 2 },
      account: expect.any(Object),
      finished_at: expect.stringMatching(INSTANT),
    });
  });

  it.each([
    ['no body', undefined],
    ['nothing asked for', {}],
    ['nulls', { as_of: null, basis: null, stores: null, windows: null, format: null }],
  ])('makes of %s the report that trigger_report makes, byte for byte', async (_what, options) => {
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

  it('makes the same seven columns of some stores, each once, in the order of all', async () => {
    const { content } = await makeReport(server, { stores: ['say "hi", zone', 'A', '=1+1', 'A'], basis: 'observed' });

    const rows = EXAMPLE_REPORT_OBSERVED.split('\n');
    expect(content.text).toBe([rows[0], rows[2], rows[3], rows[5], ''].join('\n'));
  });

  it('writes the parts of windows of your own as a CSV, whatever the basis', async () => {
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

  it('writes JSON: the windows once, and every store with parts and figures', async () => {
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

  it('writes JSON a line a store, with ids as they are', async () => {
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
  ])('hands %s out to be downloaded', async (format, type) => {
    const { report, content } = await makeReport(server, { format });

    expect(content.status).toBe(200);
    expect(content.headers.get('content-type')).toBe(type);
    expect(content.headers.get('content-disposition')).toBe(
      `attachment; filename="storewatch-report-${report.report_id}.${format}"`,
    );
    expect(content.headers.get('content-length')).toBe(String(content.bytes.length));
  });
});

describe('GET /v1/reports/{report_id}', () => {
  it('gives account of what the report rests on, and keeps it beside the file', async () => {
    const last30m = { name: 'last_30m', duration: '30m' };
    const { report, content } = await makeReport(server, { windows: [MORNING, LAST_90M, last30m] });
    const tzVersion = ((await send(server, '/v1/timezones')).json() as { tz_version: string }).tz_version;

    // each window is open for four stores: 4 x 90, 4 x 90 and 4 x 30 minutes
    const account = {
      as_of: AS_OF,
      basis: 'all',
      poll_valid_for_ms: 3 * 3_600_000,
      tz_version: tzVersion,
      stores: 5,
      windows: [
        // A is polled twice, and -42 not before the end; A is observed for 76 minutes
        { ...EXAMPLE_WINDOWS[0], polls: 2, stores_never_polled: 4, stores_silent: 0, observed_share: 0.2111 },
        // A is observed for 90 minutes and -42 for 30
        counted('last_90m', '2023-01-23T15:30:00.000Z', [2, 3, 0, 0.3333]),
        // A was last polled at 16:15, and is observed all the same
        counted('last_30m', '2023-01-23T16:30:00.000Z', [1, 3, 1, 0.5]),
      ],
    };
    expect(report.account).toEqual(account);

    const storage = join(server.home, 'storage');
    const files = await readdir(storage, { recursive: true });
    const folder = `reports/${report.created_at.slice(0, 10)}/${report.report_id}`;
    expect(files.filter((name) => name.includes(report.report_id)).sort()).toEqual([
      `${folder}.account.json`,
      `${folder}.csv`,
    ]);
    expect(JSON.parse(await readFile(join(storage, `${folder}.account.json`), 'utf8'))).toEqual({
      report_id: report.report_id,
      ...account,
    });
    expect(await readFile(join(storage, `${folder}.csv`))).toEqual(content.bytes);
  });

  it('gives account of the last hour, day and week alike', async () => {
    const { report } = await makeReport(server);

    // 90 of 240 minutes; 136 minutes of 75 hours; the same of 515 hours
    expect(report.account?.windows).toEqual([
      counted('last_hour', '2023-01-23T16:00:00.000Z', [2, 3, 0, 0.375]),
      counted('last_day', '2023-01-22T17:00:00.000Z', [4, 3, 0, 0.0302]),
      counted('last_week', '2023-01-16T17:00:00.000Z', [4, 3, 0, 0.0044]),
    ]);
  });

  it('counts only the stores asked for, and has no share of nothing', async () => {
    const { report } = await makeReport(server, { stores: ['hours'], windows: [LAST_90M] });

    expect(report.account).toMatchObject({
      stores: 1,
      windows: [counted('last_90m', '2023-01-23T15:30:00.000Z', [0, 1, 0, null])],
    });
  });

  it('says how far a running report is, and does not hand it out', async () => {
    const id = randomUUID();
    await insertReport(server, { id, status: 'Running', done: 3, total: 5 });

    expect((await send(server, `/v1/reports/${id}`)).json()).toMatchObject({
      status: 'Running',
      progress: { stores_done: 3, stores_total: 5 },
      account: null,
      finished_at: null,
    });
    const content = await send(server, `/v1/reports/${id}/content`);
    expect(content.status).toBe(409);
    expect(problemOf(content)).toMatchObject({ code: 'not_ready', detail: `The report ${id} is still running.` });
  });

  it('says why a report failed, and has nothing to hand out', async () => {
    const id = randomUUID();
    await insertReport(server, { id, status: 'Failed', done: 1, total: 5, error: 'The disk is full.' });

    expect(await describedReport(server, id)).toMatchObject({
      status: 'Failed',
      message: 'Report generation failed: The disk is full.',
      account: null,
    });
    const content = await send(server, `/v1/reports/${id}/content`);
    expect(content.status).toBe(409);
    expect(problemOf(content)).toMatchObject({
      code: 'not_ready',
      detail: `The report ${id} failed: The disk is full.`,
    });
  });

  it.each(['', '/content'])('knows neither strangers nor malformed ids: /v1/reports/{report_id}%s', async (rest) => {
    const stranger = await send(server, `/v1/reports/${NOBODY}${rest}`);
    const malformed = await send(server, `/v1/reports/42${rest}`);

    expect(problemOf(stranger)).toMatchObject({ status: 404, detail: `There is no report ${NOBODY}.` });
    expect(problemOf(malformed)).toMatchObject({ status: 400, field: 'report_id' });
  });
});
