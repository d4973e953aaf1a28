import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ReportFormat } from '../../src/generated/storewatch/v1/reports_service.js';
import { loadExample } from './example.js';
import { describedReport, load, makeReport, problemOf, send, sendJson } from './rest.js';
import { type Storewatch, startStorewatch } from './server.js';

let server: Storewatch;
beforeAll(async () => {
  server = await startStorewatch();
  await loadExample(server);
  await load(server, 'stores', 'store_id,name,region\nA,"Alpha, Dallas",North\nhours,,North\n');
});
afterAll(() => server?.close());

describe('POST /v1/reports', () => {
  it('accepts columns, and describes them', async () => {
    const { report, content } = await makeReport(server, { columns: ['name', 'tags.region'], stores: ['A', 'hours'] });
    expect(report).toMatchObject({ status: 'Complete', columns: ['name', 'tags.region'], group_by: null });
    const [header, ...rows] = content.text.trimEnd().split('\n');
    expect(header).toMatch(/^store_id,.*,downtime_last_week\(in hours\),name,tags\.region$/);
    expect(rows.map((row) => row.replace(/(,[\d.]+){6},/, ' '))).toEqual(['A "Alpha, Dallas",North', 'hours ,North']);
  });

  it('accepts group_by, and describes it', async () => {
    const { report, content } = await makeReport(server, { group_by: ['tags.region'], format: 'json' });
    expect(report).toMatchObject({ status: 'Complete', columns: null, group_by: ['tags.region'] });
    const { groups } = content.json() as { groups: { tags: object; stores: number; windows: object }[] };
    expect(groups.map(({ tags }) => tags)).toEqual([{ region: null }, { region: 'North' }]);
    expect(groups[1]).toMatchObject({ stores: 2, windows: { last_hour: { uptime_ms: expect.any(Number) } } });
  });

  it.each([
    [{ columns: ['name', 'brand'] }, 'columns[1]', 'columns[1] must be name or tags.KEY'],
    [{ group_by: [] }, 'group_by', 'group_by must be a list of 1 to 3 items, got [].'],
    [{ group_by: ['tags.a'], columns: ['name'] }, 'columns', 'columns must be absent if there is group_by'],
  ])('refuses %j', async (options, field, detail) => {
    const answer = await sendJson(server, 'POST', '/v1/reports', options);
    expect(answer.status).toBe(400);
    expect(problemOf(answer)).toMatchObject({ field, detail: expect.stringContaining(detail) });
  });

  it('takes a request with other columns and the same key for another request', async () => {
    const post = (body: object): Promise<Response> =>
      fetch(`${server.http}/v1/reports`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', 'Idempotency-Key': 'columns' },
        body: JSON.stringify(body),
      });
    expect((await post({ columns: ['name'] })).status).toBe(202);
    expect((await post({ columns: ['name'] })).status).toBe(202);
    expect((await post({ columns: ['tags.region'] })).status).toBe(422);
    expect((await post({})).status).toBe(422);
  });
});

it('makes the same groups over gRPC', async () => {
  const { content } = await makeReport(server, { group_by: ['tags.region'], format: 'ndjson' });
  const { report } = await server.grpc.triggerReport({
    groupBy: ['tags.region'],
    format: ReportFormat.REPORT_FORMAT_NDJSON,
  });
  await describedReport(server, report!.reportId);
  const chunks = await server.grpc.downloadReport({ reportId: report!.reportId });
  expect(Buffer.concat(chunks.map(({ data }) => data)).toString()).toBe(content.text);
  expect((await server.grpc.getReport({ reportId: report!.reportId })).report).toMatchObject({
    columns: [],
    groupBy: ['tags.region'],
  });
});

it('a schedule has columns or group_by; null removes them', async () => {
  const schedule = { name: 'by-region', cron: '0 2 * * *', group_by: ['tags.region'] };
  expect((await sendJson(server, 'POST', '/v1/schedules', schedule)).json()).toMatchObject({
    columns: null,
    group_by: ['tags.region'],
  });
  const change = (body: object): ReturnType<typeof sendJson> =>
    sendJson(server, 'PATCH', '/v1/schedules/by-region', body);
  expect((await change({ gzip: true })).json()).toMatchObject({ group_by: ['tags.region'] });
  expect(problemOf(await change({ columns: ['name'] })).detail).toContain('columns must be absent');
  expect((await change({ columns: ['name'], group_by: null })).json()).toMatchObject({
    columns: ['name'],
    group_by: null,
  });
  expect((await send(server, '/v1/schedules/by-region')).json()).toMatchObject({ columns: ['name'] });
});
