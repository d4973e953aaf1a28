import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { setTimeout as pause } from 'node:timers/promises';
import { type RestClient, type Schemas, answered, restClient } from './client.js';
import { EXAMPLE_REPORT, EXAMPLE_WINDOWS, MORNING, loadExample } from './example.js';
import { type Storewatch, startStorewatch } from './server.js';

let server: Storewatch;
let client: RestClient;

beforeAll(async () => {
  server = await startStorewatch();
  await loadExample(server);
  client = restClient(server);
});
afterAll(() => server?.close());

/** Waits until the report is no longer running. */
async function finished(id: string): Promise<Schemas['ReportDto']> {
  for (;;) {
    const report = answered(await client.GET('/v1/reports/{report_id}', { params: { path: { report_id: id } } }));
    if (report.status !== 'Running') return report;
    await pause(20);
  }
}

describe('the client generated from openapi.json', () => {
  it('triggers a report, watches it and downloads it', async () => {
    const { report_id: id, status } = answered(await client.POST('/trigger_report', { body: { basis: 'all' } }));
    expect(status).toBe('Running');

    expect(await finished(id)).toMatchObject({ status: 'Complete', progress: { stores_done: 5, stores_total: 5 } });

    const query = { report_id: id };
    const { data, response } = await client.GET('/get_report', { params: { query }, parseAs: 'text' });
    expect(response.headers.get('content-type')).toMatch(/^text\/csv/);
    expect(data).toBe(EXAMPLE_REPORT);
  });

  it('requests a report with a custom window and reads its rows', async () => {
    const body = { as_of: '2023-01-23T17:00:00Z', stores: ['A'], format: 'json' as const, windows: [MORNING] };
    const created = answered(await client.POST('/v1/reports', { body }));

    const report = await finished(created.report_id);

    expect(report.windows).toEqual([EXAMPLE_WINDOWS[0]]);
    expect(report.account?.windows[0]).toMatchObject({ name: 'morning', polls: 2 });
    const path = { report_id: created.report_id };
    const { data } = await client.GET('/v1/reports/{report_id}/content', { params: { path }, parseAs: 'text' });
    expect(JSON.parse(data!)).toMatchObject({ stores: [{ store_id: 'A' }] });
  });

  it('receives errors that name the invalid field', async () => {
    const { error, response } = await client.POST('/v1/reports', {
      body: { windows: [{ name: 'No', duration: '1h' }] },
    });

    expect(response.status).toBe(400);
    expect(error).toMatchObject({ code: 'invalid_argument', errors: [{ pointer: '#/windows/0/name' }] });
  });
});
