import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { status } from '@grpc/grpc-js';
import type { WatchFleetResponse } from '../../src/generated/storewatch/v1/fleet_service.js';
import type { Schemas } from './client.js';
import { EXAMPLE_REPORT, loadExample } from './example.js';
import { expectAlike, failed, failure } from './grpc.js';
import { type Answer, makeReport, problemOf, send, sendJson } from './rest.js';
import { type Storewatch, startStorewatch } from './server.js';

/** Filters over REST and gRPC. */

let server: Storewatch;

beforeAll(async () => {
  server = await startStorewatch();
  await loadExample(server);
  await sendJson(server, 'PATCH', '/v1/stores/A', { name: 'Corner Shop', tags: { brand: 'corner', region: 'North' } });
  await sendJson(server, 'PATCH', '/v1/stores/hours', { tags: { brand: 'hall' } });
});
afterAll(() => server?.close());

const get = async <Body>(path: string, query: Record<string, string>): Promise<Body> => {
  const answer = await getAnswer(path, query);
  expect(answer.status).toBe(200);
  return answer.json() as Body;
};
const getAnswer = (path: string, query: Record<string, string>): Promise<Answer> =>
  send(server, `${path}?${new URLSearchParams(query).toString()}`);

/** The header and the rows of some stores. */
const reportOf = (...begins: string[]): string =>
  `${['store_id', ...begins]
    .map((begin) => EXAMPLE_REPORT.split('\n').find((row) => row.startsWith(`${begin},`)))
    .join('\n')}\n`;

describe('the stores that a filter selects', () => {
  it('are listed page by page, alike over gRPC', async () => {
    const filter = 'tags:brand OR store_id = -42';
    const first = await get<Schemas['StorePageDto']>('/v1/stores', { filter, page_size: '2' });
    expect(first.stores.map((store) => store.store_id)).toEqual(['-42', 'A']);
    const page_token = first.next_page_token!;
    const second = await get<Schemas['StorePageDto']>('/v1/stores', { filter, page_size: '2', page_token });
    expect(second).toMatchObject({ stores: [{ store_id: 'hours' }], next_page_token: null });

    expect(await server.grpc.listStores({ filter, pageSize: 2 })).toEqual({
      stores: [
        { storeId: '-42', name: '', tags: {}, timezone: '' },
        { storeId: 'A', name: 'Corner Shop', tags: { brand: 'corner', region: 'North' }, timezone: 'America/New_York' },
      ],
      nextPageToken: page_token,
    });
    const { stores, nextPageToken } = await server.grpc.listStores({ filter, pageToken: page_token });
    expect([stores.map(({ storeId }) => storeId), nextPageToken]).toEqual([['hours'], '']);
    expect((await server.grpc.listStores({})).stores).toHaveLength(5);
  });

  it('are those of the fleet, by their state too', async () => {
    const filter = 'state = down OR state = closed -tags.region = North';
    const summary = await get<Schemas['FleetSummaryDto']>('/v1/fleet/summary', { filter });
    const heatmap = await get<Schemas['HeatmapDto']>('/v1/fleet/heatmap', { filter, sort: 'store_id' });
    expect(summary.stores).toEqual({ total: 1, up: 0, down: 0, silent: 0, closed: 1 });
    expect(heatmap).toMatchObject({ total_stores: 1, stores: [{ store_id: 'hours', state: 'closed' }] });
    const down = await get<Schemas['FleetSummaryDto']>('/v1/fleet/summary', { filter: 'state = down' });
    expect(down.stores).toEqual({ total: 1, up: 0, down: 1, silent: 0, closed: 0 });

    const overGrpc = (await server.grpc.getFleetSummary({ filter })).summary!;
    expect(overGrpc.stores).toMatchObject({ total: 1, closed: 1 });
    expect((await server.grpc.getFleetHeatmap({ filter })).stores).toMatchObject([{ storeId: 'hours' }]);
  });

  it('are those of the events of the fleet', async () => {
    const { text } = await getAnswer('/v1/fleet/events', { filter: 'state = down', limit: '1' });
    expect(text).toContain('"stores":{"total":1,"up":0,"down":1,"silent":0,"closed":0}');
    const call = server.grpc.openWatchFleet({ filter: 'state = down' });
    const [{ summary }] = (await once(call, 'data')) as [WatchFleetResponse];
    call.on('error', () => {}).cancel();
    expect(summary!.stores).toMatchObject({ total: 1, down: 1 });
  });

  it('are those of the list of outages', async () => {
    const outages = async (filter: string): Promise<string[]> =>
      (await get<Schemas['OutagePageDto']>('/v1/outages', { filter })).outages.map(({ store_id }) => store_id);
    expect(await outages('')).toEqual(['A', 'A']);
    expect(await outages('name:corner')).toEqual(['A', 'A']);
    expect(await outages('-name:corner')).toEqual([]);
    expect((await server.grpc.listRecentOutages({ filter: '-name:corner' })).outages).toEqual([]);
  });

  it('are the rows of a report, whose metadata contains the filter', async () => {
    const filter = 'tags:brand -tags.brand = hall';
    const { report, content } = await makeReport(server, { filter });
    expect(content.text).toBe(reportOf('A'));
    expect(report).toMatchObject({ filter, stores: null, account: { filter, stores: 1 } });
    const listed = await makeReport(server, { filter: 'tags:brand', stores: ['hours', '-42'] });
    expect(listed.content.text).toBe(reportOf('hours'));

    const { report: overGrpc } = await server.grpc.triggerReport({ filter });
    for (;;) {
      const { report: now } = await server.grpc.getReport({ reportId: overGrpc!.reportId });
      if (now!.status === overGrpc!.status) continue;
      expect(now).toMatchObject({ filter, account: { filter, stores: 1 } });
      break;
    }
    const { content: all } = await makeReport(server, { filter: '' });
    expect(all.text).toBe(EXAMPLE_REPORT);
  });

  it('belong to the request of an idempotency key', async () => {
    const trigger = (body: object): Promise<Answer> =>
      send(server, '/v1/reports', {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', 'Idempotency-Key': 'filtered' },
        body: JSON.stringify(body),
      });
    expect((await trigger({ filter: 'a' })).status).toBe(202);
    expect((await trigger({ filter: 'a' })).status).toBe(202);
    expect((await trigger({ filter: 'b' })).status).toBe(422);
    expect((await trigger({})).status).toBe(422);
  });

  it('are those of a schedule', async () => {
    const filter = 'tags.region = North';
    const created = await sendJson(server, 'POST', '/v1/schedules', { name: 'north', cron: '0 2 * * *', filter });
    expect(created.json()).toMatchObject({ name: 'north', filter, stores: null });
    const change = async (body: object): Promise<unknown> =>
      ((await sendJson(server, 'PATCH', '/v1/schedules/north', body)).json() as Schemas['ScheduleDto']).filter;
    expect(await change({ gzip: true })).toBe(filter);
    expect(await change({ filter: 'tags:region' })).toBe('tags:region');
    expect((await server.grpc.getSchedule({ name: 'north' })).schedule).toMatchObject({
      report: { filter: 'tags:region' },
    });
    expect(await change({ filter: null })).toBeNull();
    await expectAlike(
      server.grpc.createSchedule({
        name: 'other',
        cron: '0 2 * * *',
        report: { basis: 0, format: 0, stores: [], windows: [], filter: 'state = up', columns: [], groupBy: [] },
      }),
      sendJson(server, 'POST', '/v1/schedules', { name: 'other', cron: '0 2 * * *', filter: 'state = up' }),
      'filter',
    );
  });
});

describe('an invalid filter', () => {
  const NO_STATE =
    'filter must not have state, which only the summary, heatmap and events of the fleet know, got "state" at character 1.';
  const filter = 'state = up';

  it('is rejected with its field and position', async () => {
    const problem = problemOf(await getAnswer('/v1/stores', { filter: 'tags.brand = ' }));
    expect(problem).toMatchObject({
      status: 400,
      code: 'invalid_argument',
      field: 'filter',
      detail: 'filter must have a text after =, got its end at character 14.',
    });
    expect(problemOf(await getAnswer('/v1/fleet/summary', { filter: 'state = dwon' })).detail).toBe(
      'filter must compare state with up, down, silent or closed, got "dwon" at character 9.',
    );
    expect(problemOf(await getAnswer('/v1/fleet/events', { filter: '(' }))).toMatchObject({ field: 'filter' });
    const [error] = await once(server.grpc.openWatchFleet({ filter: '(' }), 'error');
    expect(error).toEqual(failed(status.INVALID_ARGUMENT, /^filter must/));
  });

  it('is one with state, where the state of stores is not known', async () => {
    for (const path of ['/v1/stores', '/v1/outages']) {
      expect(problemOf(await getAnswer(path, { filter }))).toMatchObject({ field: 'filter', detail: NO_STATE });
    }
    await expectAlike(server.grpc.listStores({ filter }), getAnswer('/v1/stores', { filter }), 'filter');
    await expectAlike(server.grpc.listRecentOutages({ filter }), getAnswer('/v1/outages', { filter }), 'filter');
    const report = sendJson(server, 'POST', '/v1/reports', { filter });
    await expectAlike(server.grpc.triggerReport({ filter }), report, 'filter');
    expect((await failure(server.grpc.triggerReport({ filter }))).details).toBe(NO_STATE);
  });
});
