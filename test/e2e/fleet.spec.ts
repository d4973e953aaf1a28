import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { status } from '@grpc/grpc-js';
import { Basis } from '../../src/generated/storewatch/v1/common.js';
import { FleetSort, StoreState } from '../../src/generated/storewatch/v1/fleet_service.js';
import { type Schemas, answered, restClient } from './client.js';
import { loadExample } from './example.js';
import { at, failure, minutes } from './grpc.js';
import { problemOf, send } from './rest.js';
import { type Storewatch, startStorewatch } from './server.js';

/** The longest that this spec waits for a snapshot of the fleet. */
const EVENTUALLY_MS = 20_000;

describe('a fleet without stores', () => {
  let server: Storewatch;

  beforeAll(async () => {
    server = await startStorewatch();
  });
  afterAll(() => server?.close());

  it('has zero counts as of now', async () => {
    const summary = answered(await restClient(server).GET('/v1/fleet/summary'));
    expect(summary).toMatchObject({
      latest_poll_at: null,
      stores: { total: 0, up: 0, down: 0, silent: 0, closed: 0 },
      work: { imports: [], reports: [], rollups: { up_to_date: true, due_hours: 0 } },
    });
    expect(summary.windows.map(({ name, open_ms: open, lost_ms: lost }) => [name, open, lost])).toEqual([
      ['last_hour', 0, 0],
      ['last_day', 0, 0],
      ['last_week', 0, 0],
    ]);
    expect(answered(await restClient(server).GET('/v1/fleet/heatmap'))).toMatchObject({
      total_stores: 0,
      stores: [],
      next_page_token: null,
    });
  });
});

/**
 * Store A of the example: in New York, open on Mondays 09:00 to 12:00; polls at 08:47 inactive, 10:14 active, 11:15
 * inactive.
 */
describe('the fleet of the example', () => {
  let server: Storewatch;

  beforeAll(async () => {
    server = await startStorewatch();
    await loadExample(server);
  });
  afterAll(() => server?.close());

  it('has the same answer over REST and gRPC', async () => {
    const query = { as_of: '2023-01-23T17:00:00Z', basis: 'observed' } as const;
    const rest = answered(await restClient(server).GET('/v1/fleet/summary', { params: { query } }));
    const { summary } = await server.grpc.getFleetSummary({ asOf: at(query.as_of), basis: Basis.BASIS_OBSERVED });

    expect(rest).toMatchObject({ as_of: '2023-01-23T17:00:00.000Z', basis: 'observed', poll_valid_for_ms: 10_800_000 });
    expect(summary).toMatchObject({ asOf: at(query.as_of), basis: Basis.BASIS_OBSERVED, stores: rest.stores });
    const ms = ({ seconds = 0, nanos = 0 } = {}): number => seconds * 1_000 + nanos / 1e6;
    expect(
      summary!.windows.map(({ name, parts, lost, storesWithLoss }) => ({
        name,
        open_ms: ms(parts?.open),
        up_ms: ms(parts?.up),
        down_ms: ms(parts?.down),
        carried_up_ms: ms(parts?.carriedUp),
        carried_down_ms: ms(parts?.carriedDown),
        unknown_ms: ms(parts?.unknown),
        lost_ms: ms(lost),
        stores_with_loss: storesWithLoss,
      })),
    ).toEqual(rest.windows.map(({ from: _from, to: _to, ...window }) => window));
    expect(summary!.hours).toHaveLength(rest.hours.length);
  });

  it('shows what was observed of the open time of each hour', async () => {
    const query = { from: '2023-01-23T13:00:00Z', to: '2023-01-23T18:00:00Z', timezone: 'America/New_York' };
    const rest = answered(await restClient(server).GET('/v1/fleet/heatmap', { params: { query } }));
    const grpc = await server.grpc.getFleetHeatmap({
      from: at(query.from),
      to: at(query.to),
      q: 'a',
      timezone: query.timezone,
    });

    const [row] = rest.stores;
    expect(row).toEqual({
      store_id: 'A',
      name: null,
      tags: {},
      timezone: 'America/New_York',
      state: 'closed',
      open_ms: 180 * 60_000,
      lost_ms: 119 * 60_000,
      silent_ms: 74 * 60_000,
      // closed; carried; 46 minutes up; 15 up and 45 down; closed
      up_percent: [null, 0, 77, 25, null],
      down_percent: [null, 0, 0, 75, null],
    });
    expect(grpc.stores[0]).toMatchObject({
      storeId: 'A',
      state: StoreState.STORE_STATE_CLOSED,
      open: minutes(180),
      lost: minutes(119),
      silent: minutes(74),
      upPercent: [-1, 0, 77, 25, -1],
      downPercent: [-1, 0, 0, 75, -1],
    });
  });

  it('is paged', async () => {
    const all = answered(await restClient(server).GET('/v1/fleet/heatmap'));
    expect(all.total_stores).toBeGreaterThan(1);
    const seen: string[] = [];
    for (let token: string | null = ''; token !== null;) {
      const query: object = { page_size: 1, page_token: token };
      const page: Schemas['HeatmapDto'] = answered(
        await restClient(server).GET('/v1/fleet/heatmap', { params: { query } }),
      );
      expect(page.stores).toHaveLength(1);
      seen.push(page.stores[0].store_id);
      token = page.next_page_token;
    }
    expect(seen).toEqual(all.stores.map(({ store_id: id }) => id));
    const byId = await server.grpc.getFleetHeatmap({ sort: FleetSort.FLEET_SORT_STORE_ID, pageSize: 1 });
    expect(byId.stores.map(({ storeId }) => storeId)).toEqual([seen.toSorted()[0]]);
    expect(byId.nextPageToken).not.toBe('');
  });

  it.each([
    'fleet/heatmap?basis=&state=&sort=&timezone=&q=&page_size=&page_token=&from=&to=',
    'stores?page_size=&page_token=',
  ])('treats an empty query parameter as an absent one: /v1/%s', async (path) => {
    const [empty, absent] = await Promise.all([send(server, `/v1/${path}`), send(server, `/v1/${path.split('?')[0]}`)]);
    expect(empty.status).toBe(200);
    expect(empty.json()).toEqual(absent.json());
  });

  it.each([
    ['/v1/fleet/summary?basis=some', 'basis must be all or observed, got "some".'],
    ['/v1/fleet/summary?as_of=soon', 'as_of: "soon" is not a timestamp'],
    ['/v1/fleet/events?basis=some', 'basis must be all or observed, got "some".'],
    ['/v1/fleet/events?limit=0', 'limit must be a whole number from 1, got "0".'],
    ['/v1/fleet/heatmap?state=shut', 'state must be up, down, silent or closed, got "shut".'],
    ['/v1/fleet/heatmap?sort=age', 'sort must be lost or store_id, got "age".'],
    ['/v1/fleet/heatmap?timezone=America/New_Yrok', 'timezone: "America/New_Yrok" is not a zone of the tz database'],
    [
      '/v1/fleet/heatmap?from=2023-01-01T10:00:00Z&to=2023-01-01T10:00:00Z',
      'from must be before to, got 2023-01-01T10:00:00.000Z for both.',
    ],
    ['/v1/fleet/heatmap?page_token=mine', `page_token "mine" is not valid`],
    [
      '/v1/fleet/heatmap?from=2022-01-01T00:00:00Z&to=2023-01-01T00:00:00Z',
      'from must be at most 31d before to, got 2022-01-01T00:00:00.000Z.',
    ],
    ['/v1/imports?status=Lost', 'status must be Running, Complete or Failed, got "Lost".'],
  ])('rejects %s', async (path, detail) => {
    const answer = await send(server, path);
    expect(answer.status).toBe(400);
    expect(problemOf(answer).detail).toContain(detail);
  });

  it('rejects invalid gRPC requests', async () => {
    expect(await failure(server.grpc.getFleetHeatmap({ state: 9 as StoreState }))).toMatchObject({
      code: status.INVALID_ARGUMENT,
      details: 'state must be up, down, silent or closed, got "9".',
    });
  });

  it('sends an event over both transports when it changes', async () => {
    const over = new AbortController();
    const { body } = await fetch(`${server.http}/v1/fleet/events`, { signal: over.signal });
    const call = server.grpc.openWatchFleet({});
    const fromGrpc = call[Symbol.asyncIterator]() as AsyncIterator<{ summary: { latestPollAt: { seconds: number } } }>;
    const polledAt = new Date(Math.floor(Date.now() / 1_000) * 1_000 - 1_000);
    const isNew = (text: string): boolean => text.includes(`"latest_poll_at":"${polledAt.toISOString()}"`);
    const first = await fromGrpc.next();
    expect(first.value.summary.latestPollAt.seconds).toBeLessThan(polledAt.getTime() / 1_000);

    const polls = [{ store_id: 'A', status: 'active' as const, timestamp_utc: polledAt.toISOString() }];
    answered(await restClient(server).POST('/v1/polls', { body: { polls } }));

    const timer = setTimeout(() => over.abort(), EVENTUALLY_MS);
    let text = '';
    for await (const piece of body!.pipeThrough(new TextDecoderStream())) {
      text += piece;
      if (isNew(text)) break;
    }
    clearTimeout(timer);
    expect(text).toMatch(/^retry: \d+\n\nid: \S+\nevent: summary\ndata: \{"as_of"/);
    expect(isNew(text)).toBe(true);
    for (let next = first; next.value.summary.latestPollAt.seconds !== polledAt.getTime() / 1_000;) {
      next = await fromGrpc.next();
    }
    call.cancel();
  });

  it('lists the imports, newest first', async () => {
    const all = answered(await restClient(server).GET('/v1/imports'));
    expect(all.imports.length).toBeGreaterThan(1);
    const times = all.imports.map(({ started_at: startedAt }) => startedAt);
    expect(times).toEqual(times.toSorted().toReversed());
    const seen: string[] = [];
    for (let token: string | null = ''; token !== null;) {
      const query: object = { page_size: 1, page_token: token, status: 'Complete' };
      const page: Schemas['ImportPageDto'] = answered(
        await restClient(server).GET('/v1/imports', { params: { query } }),
      );
      seen.push(...page.imports.map(({ import_id: id }) => id));
      token = page.next_page_token;
    }
    expect(seen).toEqual(all.imports.map(({ import_id: id }) => id));
    const running = answered(await restClient(server).GET('/v1/imports', { params: { query: { status: 'Running' } } }));
    expect(running.imports).toEqual([]);
  });
});
