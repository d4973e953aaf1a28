import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { status } from '@grpc/grpc-js';
import { StoreStatus } from '../../src/generated/storewatch/v1/common.js';
import {
  Evidence,
  type GetStoreTimelineRequest,
  type GetStoreTimelineResponse,
  type Outage,
  type Parts,
  TimelinePart,
} from '../../src/generated/storewatch/v1/timelines_service.js';
import { loadExample } from './example.js';
import { at, expectAlike, failure, minutes } from './grpc.js';
import { OUTAGES, OVER, type OutageBody, SINCE, SPLIT_MONDAY, SPLIT_TUESDAY, loadOutages } from './outages.js';
import { newReport, send } from './rest.js';
import { type Storewatch, startStorewatch } from './server.js';

const { EVIDENCE_CARRIED, EVIDENCE_OBSERVED, EVIDENCE_UNKNOWN } = Evidence;
const { STORE_STATUS_ACTIVE, STORE_STATUS_INACTIVE, STORE_STATUS_UNSPECIFIED } = StoreStatus;

/** A time on Monday 2023-01-23, the day of the example. */
const on = (time: string): { seconds: number; nanos: number } => at(`2023-01-23T${time}:00Z`);
const parts = (given: Partial<Record<keyof Parts, number>>): object => {
  const { open = 0, up = 0, down = 0, carriedUp = 0, carriedDown = 0, unknown = 0 } = given;
  return {
    open: minutes(open),
    up: minutes(up),
    down: minutes(down),
    carriedUp: minutes(carriedUp),
    carriedDown: minutes(carriedDown),
    unknown: minutes(unknown),
  };
};

describe('GetStoreTimeline', () => {
  let server: Storewatch;

  beforeAll(async () => {
    server = await startStorewatch();
    await loadExample(server);
    await newReport(server);
  });
  afterAll(() => server?.close());

  const interval = (start: string, end: string, evidence: Evidence, said: StoreStatus, polledAt: string): object => ({
    start: on(start),
    end: on(end),
    evidence,
    status: said,
    polledAt: on(polledAt),
  });

  /** Store A: open 14:00 to 17:00; polls 13:47 inactive, 15:14 active, 16:15 inactive. */
  const A = {
    storeId: 'A',
    timezone: 'America/New_York',
    from: at('2023-01-16T17:00:00Z'),
    to: on('17:00'),
    openings: [{ start: on('14:00'), end: on('17:00') }],
    statuses: [
      interval('14:00', '15:14', EVIDENCE_CARRIED, STORE_STATUS_INACTIVE, '13:47'),
      interval('15:14', '16:15', EVIDENCE_OBSERVED, STORE_STATUS_ACTIVE, '15:14'),
      interval('16:15', '17:00', EVIDENCE_OBSERVED, STORE_STATUS_INACTIVE, '16:15'),
    ],
    hours: [
      { hour: on('13:00'), parts: parts({}), polls: 1 },
      { hour: on('14:00'), parts: parts({ open: 60, carriedDown: 60 }), polls: 0 },
      { hour: on('15:00'), parts: parts({ open: 60, carriedDown: 14, up: 46 }), polls: 1 },
      { hour: on('16:00'), parts: parts({ open: 60, up: 15, down: 45 }), polls: 1 },
    ],
    totals: {
      parts: parts({ open: 180, up: 61, down: 45, carriedDown: 74 }),
      polls: 3,
      all: { uptime: minutes(61), downtime: minutes(119), uptimePercent: 33.89 },
      observed: { uptime: minutes(61), downtime: minutes(45), uptimePercent: 57.55 },
    },
    polls: [
      { polledAt: on('13:47'), status: STORE_STATUS_INACTIVE },
      { polledAt: on('15:14'), status: STORE_STATUS_ACTIVE },
      { polledAt: on('16:15'), status: STORE_STATUS_INACTIVE },
    ],
    nextPageToken: '',
  };

  it('shows the last week up to the latest poll by default', async () => {
    expect(await server.grpc.getStoreTimeline({ storeId: 'A' })).toEqual(A);
  });

  it('leaves unknown values absent and truncates instants to the millisecond', async () => {
    const from = { ...on('16:00'), nanos: 1_999_999 };

    expect(await server.grpc.getStoreTimeline({ storeId: 'say "hi", zone', from, to: on('16:30') })).toEqual({
      storeId: 'say "hi", zone',
      timezone: 'Asia/Kathmandu',
      from: { ...on('16:00'), nanos: 1_000_000 },
      to: on('16:30'),
      openings: [{ start: { ...on('16:00'), nanos: 1_000_000 }, end: on('16:30') }],
      statuses: [
        {
          start: { ...on('16:00'), nanos: 1_000_000 },
          end: on('16:30'),
          evidence: EVIDENCE_UNKNOWN,
          status: STORE_STATUS_UNSPECIFIED,
          polledAt: null,
        },
      ],
      hours: [],
      totals: {
        parts: {
          ...parts({}),
          open: { seconds: 1799, nanos: 999_000_000 },
          unknown: { seconds: 1799, nanos: 999_000_000 },
        },
        polls: 0,
        all: { uptime: minutes(0), downtime: { seconds: 1799, nanos: 999_000_000 }, uptimePercent: 0 },
        observed: { uptime: minutes(0), downtime: minutes(0) },
      },
      polls: [],
      nextPageToken: '',
    });
  });

  it('returns the requested parts', async () => {
    const { TIMELINE_PART_HOURS, TIMELINE_PART_OPENINGS, TIMELINE_PART_POLLS, TIMELINE_PART_TOTALS } = TimelinePart;

    const hours = await server.grpc.getStoreTimeline({ storeId: 'A', include: [TIMELINE_PART_HOURS] });
    const others = await server.grpc.getStoreTimeline({
      storeId: 'A',
      include: [TIMELINE_PART_TOTALS, TIMELINE_PART_OPENINGS],
    });
    const polls = await server.grpc.getStoreTimeline({ storeId: 'A', include: [TIMELINE_PART_POLLS] });

    expect(hours).toEqual({ ...A, openings: [], statuses: [], totals: null, polls: [] });
    expect(others).toEqual({ ...A, statuses: [], hours: [], polls: [] });
    expect(polls).toEqual({ ...A, openings: [], statuses: [], hours: [], totals: null });
  });

  it('returns everything once in pages of one and accepts page tokens of REST', async () => {
    const pages: GetStoreTimelineResponse[] = [];
    for (let token: string | undefined; token !== '';) {
      const page = await server.grpc.getStoreTimeline({ storeId: 'A', pageSize: 1, pageToken: token ?? '' });
      pages.push(page);
      token = page.nextPageToken;
    }
    expect(pages.flatMap(({ openings }) => openings)).toEqual(A.openings);
    expect(pages.flatMap(({ statuses }) => statuses)).toEqual(A.statuses);
    expect(pages.flatMap(({ hours }) => hours)).toEqual(A.hours);
    expect(pages.flatMap(({ polls }) => polls)).toEqual(A.polls);
    expect(pages.map(({ totals }) => totals)).toEqual(Array.from(pages, () => A.totals));

    const overRest = (await send(server, '/v1/stores/A/timeline?page_size=1')).json() as { next_page_token: string };
    expect(pages[0].nextPageToken).toBe(overRest.next_page_token);
  });

  it('rejects what REST rejects, with the same message', async () => {
    const expectRefused = (request: Partial<GetStoreTimelineRequest>, query: string, field: string): Promise<void> =>
      expectAlike(
        server.grpc.getStoreTimeline({ storeId: 'A', ...request }),
        send(server, `/v1/stores/A/timeline?${query}`),
        field,
      );
    await expectAlike(server.grpc.getStoreTimeline({ storeId: 'no' }), send(server, '/v1/stores/no/timeline'));
    await expectRefused({ pageSize: -1 }, 'page_size=-1', 'page_size');
    await expectRefused({ pageSize: 10_001 }, 'page_size=10001', 'page_size');
    await expectRefused({ pageToken: '!' }, 'page_token=!', 'page_token');
    await expectRefused({ from: at('2022-12-23T16:59:59Z') }, 'from=2022-12-23T16:59:59Z', 'from');
    const turned = 'from=2023-01-23T17:00:00Z&to=2023-01-23T16:00:00Z';
    await expectRefused({ from: on('17:00'), to: on('16:00') }, turned, 'from');
    await expectRefused({ include: [7 as TimelinePart] }, 'include=7', 'include');
  });

  it.each([
    [
      'from',
      { from: { seconds: 1e15, nanos: 0 } },
      'from must be a time from year 1 to 9999, got 1000000000000000 s since 1970.',
    ],
    [
      'to',
      { to: { seconds: -1e15, nanos: 0 } },
      'to must be a time from year 1 to 9999, got -1000000000000000 s since 1970.',
    ],
    ['to', { to: at('9998-12-31T00:00:00Z') }, 'to: 9998-12-31T00:00:00.000Z lies in the future; now it is '],
  ])('rejects an invalid %s', async (field, request, detail) => {
    const error = await failure(server.grpc.getStoreTimeline({ storeId: 'A', ...request }));

    expect(error).toMatchObject({ code: status.INVALID_ARGUMENT, details: expect.stringContaining(detail) });
    expect(error.metadata.get('field')).toEqual([field]);
  });
});

describe('outages', () => {
  let server: Storewatch;

  beforeAll(async () => {
    server = await startStorewatch();
    await loadOutages(server);
  });
  afterAll(() => server?.close());

  const [MONDAY, THURSDAY] = [at('2023-03-06T00:00:00Z'), at('2023-03-09T12:00:00Z')];
  const outageMessage = (body: OutageBody): Outage =>
    ({
      storeId: body.store_id,
      storeName: '',
      start: at(body.start),
      end: body.end === null ? null : at(body.end),
      open: minutes(body.open_ms / 60_000),
      down: minutes(body.down_ms / 60_000),
      carriedDown: minutes(body.carried_down_ms / 60_000),
      startedBy: { polledAt: at(body.started_by.polled_at), status: STORE_STATUS_INACTIVE },
      endedBy: body.ended_by && { polledAt: at(body.ended_by.polled_at), status: STORE_STATUS_ACTIVE },
    }) as Outage;

  it('of one store are the same as over REST', async () => {
    const { grpc } = server;

    expect(await grpc.listOutages({ storeId: 'split' })).toEqual({
      outages: [SPLIT_MONDAY, SPLIT_TUESDAY].map(outageMessage),
      nextPageToken: '',
    });
    expect((await grpc.listOutages({ storeId: 'since' })).outages).toEqual([outageMessage(SINCE)]);
    expect((await grpc.listOutages({ storeId: 'over' })).outages).toEqual([outageMessage(OVER)]);
    expect((await grpc.listOutages({ storeId: 'fine' })).outages).toEqual([]);
    expect((await grpc.listOutages({ storeId: 'split', from: at('2023-03-06T17:00:00Z') })).outages).toEqual([
      outageMessage(SPLIT_TUESDAY),
    ]);
    expect((await grpc.listOutages({ storeId: 'split', to: at('2023-03-06T17:00:00Z') })).outages).toMatchObject([
      { end: null, endedBy: null, open: minutes(60) },
    ]);
  });

  it('of one store are paged', async () => {
    const first = await server.grpc.listOutages({ storeId: 'split', pageSize: 1 });
    const second = await server.grpc.listOutages({ storeId: 'split', pageSize: 1, pageToken: first.nextPageToken });

    expect(first.outages).toEqual([outageMessage(SPLIT_MONDAY)]);
    expect(second).toEqual({ outages: [outageMessage(SPLIT_TUESDAY)], nextPageToken: '' });
  });

  it('of all stores are the same as over REST', async () => {
    const { grpc } = server;

    expect((await grpc.listRecentOutages({})).outages).toEqual([SINCE, OVER].map(outageMessage));
    expect(await grpc.listRecentOutages({ since: MONDAY, asOf: THURSDAY })).toEqual({
      outages: OUTAGES.map(outageMessage),
      nextPageToken: '',
    });
  });

  it.each([1, 2, 3])('of all stores are returned once in pages of %d', async (pageSize) => {
    const seen: Outage[] = [];
    for (let token: string | undefined; token !== '';) {
      const page = await server.grpc.listRecentOutages({ since: MONDAY, pageSize, pageToken: token ?? '' });
      seen.push(...page.outages);
      token = page.nextPageToken;
    }
    expect(seen).toEqual(OUTAGES.map(outageMessage));
  });

  it('are rejected where REST rejects them, with the same message', async () => {
    const { grpc } = server;
    const early = at('2022-01-01T00:00:00Z');
    const expectRefused = (call: Promise<unknown>, path: string, field?: string): Promise<void> =>
      expectAlike(call, send(server, `/v1/${path}`), field);
    const night = 'stores/night/outages';
    await expectRefused(grpc.listOutages({ storeId: 'no' }), 'stores/no/outages');
    await expectRefused(
      grpc.listOutages({ storeId: 'night', from: early }),
      `${night}?from=2022-01-01T00:00:00Z`,
      'from',
    );
    await expectRefused(grpc.listOutages({ storeId: 'night', pageSize: 1001 }), `${night}?page_size=1001`, 'page_size');
    await expectRefused(grpc.listOutages({ storeId: 'night', pageToken: 'x' }), `${night}?page_token=x`, 'page_token');
    await expectRefused(grpc.listRecentOutages({ since: early }), 'outages?since=2022-01-01T00:00:00Z', 'since');
    await expectRefused(grpc.listRecentOutages({ pageSize: -5 }), 'outages?page_size=-5', 'page_size');
    await expectRefused(grpc.listRecentOutages({ pageToken: 'MQ' }), 'outages?page_token=MQ', 'page_token');
    const turned = 'outages?since=2023-03-09T12:00:00Z&as_of=2023-03-06T00:00:00Z';
    await expectRefused(grpc.listRecentOutages({ since: THURSDAY, asOf: MONDAY }), turned, 'since');
  });
});
