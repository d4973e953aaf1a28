import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { EXAMPLE_WINDOWS, LAST_90M, MORNING, loadExample } from './example.js';
import { NOBODY, describedReport, insertReport, makeReport, problemOf, send } from './rest.js';
import { type Storewatch, startStorewatch } from './server.js';

const AS_OF = '2023-01-23T17:00:00.000Z';

/** The metadata of a window that ends at as-of: polls, stores never polled, stores silent, share observed. */
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

describe('GET /v1/reports/{report_id}', () => {
  it('describes the data behind the report and stores it in a metadata file', async () => {
    const last30m = { name: 'last_30m', duration: '30m' };
    const { report, content } = await makeReport(server, { windows: [MORNING, LAST_90M, last30m] });
    const tzVersion = ((await send(server, '/v1/timezones')).json() as { tz_version: string }).tz_version;

    // Each window is open for four stores: 4 x 90, 4 x 90 and 4 x 30 minutes.
    const account = {
      as_of: AS_OF,
      basis: 'all',
      filter: null,
      poll_valid_for_ms: 3 * 3_600_000,
      tz_version: tzVersion,
      stores: 5,
      windows: [
        // A has two polls, and -42 none before the end. A is observed for 76 minutes.
        { ...EXAMPLE_WINDOWS[0], polls: 2, stores_never_polled: 4, stores_silent: 0, observed_share: 0.2111 },
        // A is observed for 90 minutes and -42 for 30.
        counted('last_90m', '2023-01-23T15:30:00.000Z', [2, 3, 0, 0.3333]),
        // A was last polled at 16:15 and is still observed.
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

  it('describes the last hour, day and week in the same way', async () => {
    const { report } = await makeReport(server);

    // 90 of 240 minutes; 136 minutes of 75 hours; 136 minutes of 515 hours
    expect(report.account?.windows).toEqual([
      counted('last_hour', '2023-01-23T16:00:00.000Z', [2, 3, 0, 0.375]),
      counted('last_day', '2023-01-22T17:00:00.000Z', [4, 3, 0, 0.0302]),
      counted('last_week', '2023-01-16T17:00:00.000Z', [4, 3, 0, 0.0044]),
    ]);
  });

  it('counts only the requested stores and has no share if nothing is open', async () => {
    const { report } = await makeReport(server, { stores: ['hours'], windows: [LAST_90M] });

    expect(report.account).toMatchObject({
      stores: 1,
      windows: [counted('last_90m', '2023-01-23T15:30:00.000Z', [0, 1, 0, null])],
    });
  });

  it('returns the progress of a running report, but not its file', async () => {
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

  it('returns why a report failed, and no file', async () => {
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

  it.each(['', '/content'])('rejects unknown and malformed ids: /v1/reports/{report_id}%s', async (rest) => {
    const stranger = await send(server, `/v1/reports/${NOBODY}${rest}`);
    const malformed = await send(server, `/v1/reports/42${rest}`);

    expect(problemOf(stranger)).toMatchObject({ status: 404, detail: `There is no report ${NOBODY}.` });
    expect(problemOf(malformed)).toMatchObject({ status: 400, field: 'report_id' });
  });
});
