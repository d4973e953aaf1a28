import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { problemOf, send } from './rest.js';
import { type Storewatch, startStorewatch } from './server.js';

let server: Storewatch;

beforeAll(async () => {
  server = await startStorewatch();
});
afterAll(() => server?.close());

describe('health', () => {
  it.each(['/livez', '/readyz'])('%s reports that the process is healthy', async (path) => {
    const answer = await send(server, path);

    expect(answer.status).toBe(200);
    expect(answer.json()).toMatchObject({ status: 'ok' });
  });
});

describe('an unknown resource', () => {
  it.each([
    ['POST', '/'],
    ['GET', '/assets/nothing.js'],
    ['GET', '/v1/nothing'],
    ['POST', '/v1/stores/a/b'],
    ['DELETE', '/docs/nothing'],
  ])('%s %s is answered with a problem document', async (verb, path) => {
    const answer = await send(server, path, { method: verb });

    expect(answer.status).toBe(404);
    expect(problemOf(answer)).toMatchObject({ code: 'not_found', title: 'Not found' });
  });
});

describe('an unsupported method', () => {
  it.each([
    ['GET', '/trigger_report', 'POST'],
    ['POST', '/get_report', 'GET, HEAD'],
    ['DELETE', '/v1/stores/a', 'GET, HEAD, PATCH'],
    ['POST', '/v1/stores/a/timezone', 'PUT, DELETE'],
  ])('%s %s is answered with the allowed methods: %s', async (verb, path, allow) => {
    const answer = await send(server, path, { method: verb });

    expect(answer.status).toBe(405);
    expect(answer.headers.get('allow')).toBe(allow);
    expect(problemOf(answer)).toMatchObject({ code: 'method_not_allowed', title: 'Method not allowed' });
    expect(problemOf(answer).detail).toContain(
      `The method for "${path}" must be ${allow.replaceAll(', ', ' or ')}, got ${verb}.`,
    );
  });
});

describe('documentation', () => {
  it('is a page at /docs', async () => {
    const answer = await send(server, '/docs');

    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toMatch(/^text\/html/);
    expect(answer.text).toContain('<title>Storewatch API</title>');
  });

  it('lists every path at /docs-json, each with a unique operation id', async () => {
    const { openapi, paths } = (await send(server, '/docs-json')).json() as {
      openapi: string;
      paths: Record<string, Record<string, { operationId?: string; summary?: string }>>;
    };

    expect(openapi).toBe('3.1.1');
    const operations = Object.entries(paths).flatMap(([path, verbs]) =>
      Object.entries(verbs).map(([verb, { operationId }]) => `${verb} ${path} ${operationId}`),
    );
    expect(operations.sort()).toEqual([
      'delete /v1/reports/{report_id} deleteReport',
      'delete /v1/schedules/{name} removeSchedule',
      'delete /v1/stores/{store_id}/special_hours/{date} removeSpecialHours',
      'delete /v1/stores/{store_id}/timezone removeTimezone',
      'get /get_report getReport',
      'get /livez livez',
      'get /metrics getMetrics',
      'get /readyz readyz',
      'get /v1/fleet/events watchFleet',
      'get /v1/fleet/heatmap getFleetHeatmap',
      'get /v1/fleet/summary getFleetSummary',
      'get /v1/imports listImports',
      'get /v1/imports/{import_id} getImport',
      'get /v1/imports/{import_id}/rejects getImportRejects',
      'get /v1/outages listRecentOutages',
      'get /v1/reports listReports',
      'get /v1/reports/{report_id} describeReport',
      'get /v1/reports/{report_id}/content getReportContent',
      'get /v1/reports/{report_id}/events watchReport',
      'get /v1/schedules listSchedules',
      'get /v1/schedules/{name} getSchedule',
      'get /v1/schedules/{name}/runs listScheduleRuns',
      'get /v1/schedules/{name}/runs/{run_id} getScheduleRun',
      'get /v1/stores listStores',
      'get /v1/stores/{store_id} getStore',
      'get /v1/stores/{store_id}/outages listOutages',
      'get /v1/stores/{store_id}/timeline getStoreTimeline',
      'get /v1/timezones listTimezones',
      'head /v1/reports/{report_id}/content headReportContent',
      'patch /v1/schedules/{name} updateSchedule',
      'patch /v1/stores/{store_id} updateStore',
      'post /trigger_report triggerReport',
      'post /v1/imports/business_hours importBusinessHours',
      'post /v1/imports/special_hours importSpecialHours',
      'post /v1/imports/store_life importStoreLife',
      'post /v1/imports/store_status importStoreStatus',
      'post /v1/imports/store_timezones importStoreTimezones',
      'post /v1/imports/stores importStores',
      'post /v1/polls ingestPolls',
      'post /v1/reports createReport',
      'post /v1/schedules createSchedule',
      'post /v1/schedules/{name}/runs/{run_id}/again runScheduleAgain',
      'put /v1/stores/{store_id}/business_hours setBusinessHours',
      'put /v1/stores/{store_id}/life setLife',
      'put /v1/stores/{store_id}/special_hours/{date} setSpecialHours',
      'put /v1/stores/{store_id}/timezone setTimezone',
    ]);
  });

  it('lists the files among the responses of get_report, so that Swagger UI offers a download', async () => {
    const { paths } = (await send(server, '/docs-json')).json() as {
      paths: Record<string, { get: { responses: Record<string, { content: object }> } }>;
    };

    expect(paths['/get_report']?.get.responses['200']?.content).toMatchObject({
      'text/csv': { schema: { type: 'string', format: 'binary' } },
      'application/x-ndjson': { schema: { type: 'string', format: 'binary' } },
      'application/json': expect.anything(),
    });
  });
});
