import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { answered, restClient } from './client.js';
import { loadExample } from './example.js';
import { makeReport, newReport, problemOf, send, sendJson } from './rest.js';
import { type Storewatch, startStorewatch } from './server.js';
import { A, type TimelineBody, counted, hour, on, opening, parts, poll, status } from './timeline-bodies.js';

let server: Storewatch;

beforeAll(async () => {
  server = await startStorewatch();
  await loadExample(server);
  await newReport(server);
});
afterAll(() => server?.close());

const timeline = async (id: string, query = ''): Promise<TimelineBody> =>
  (await send(server, `/v1/stores/${encodeURIComponent(id)}/timeline${query}`)).json() as TimelineBody;

/** A report's figures for a window of a store, in both bases. */
async function reported(id: string, { from, to }: TimelineBody): Promise<object> {
  const figuresOf = async (basis: string): Promise<Record<string, unknown>> => {
    const { content } = await makeReport(server, {
      stores: [id],
      windows: [{ name: 'w', from, to }],
      format: 'json',
      basis,
    });
    const { stores } = content.json() as { stores: { windows: { w: Record<string, unknown> } }[] };
    return stores[0].windows.w;
  };
  const counts = ({ uptime_ms, downtime_ms, uptime_percent }: Record<string, unknown>): object => ({
    uptime_ms,
    downtime_ms,
    uptime_percent,
  });
  const [all, observed] = [await figuresOf('all'), await figuresOf('observed')];
  const { uptime_ms: _up, downtime_ms: _down, uptime_percent: _percent, ...rest } = all;
  return { ...rest, all: counts(all), observed: counts(observed) };
}

describe('GET /v1/stores/{store_id}/timeline', () => {
  it('shows the last week up to the latest poll by default', async () => {
    const params = { path: { store_id: 'A' } };

    expect(answered(await restClient(server).GET('/v1/stores/{store_id}/timeline', { params }))).toEqual(A);
  });

  it('has the totals that a report has for the same window', async () => {
    expect(await reported('A', A)).toEqual(A.totals);
    const cut = await timeline('A', '?from=2023-01-23T15:59:59.999Z&to=2023-01-23T16:30:00Z');
    expect(await reported('A', cut)).toEqual(cut.totals);
  });

  it('is cut at the ends of the window and lists only whole hours', async () => {
    const cut = await timeline('A', '?from=2023-01-23T15:00:00%2B00:30&to=2023-01-23%2016:30:00');

    expect(cut).toEqual({
      ...A,
      from: on('14:30'),
      to: on('16:30'),
      openings: [opening('14:30', '16:30')],
      statuses: [
        status('14:30', '15:14', 'carried', 'inactive', '13:47'),
        status('15:14', '16:15', 'observed', 'active', '15:14'),
        status('16:15', '16:30', 'observed', 'inactive', '16:15'),
      ],
      hours: [hour('15:00', 1, { open: 60, carriedDown: 14, up: 46 })],
      totals: {
        ...parts({ open: 120, up: 61, down: 15, carriedDown: 44 }),
        polls: 2,
        all: counted(61, 59, 50.83),
        observed: counted(61, 15, 80.26),
      },
      polls: [poll('15:14', 'active'), poll('16:15', 'inactive')],
    });
  });

  it('ignores polls at or after the end of the window', async () => {
    expect(await timeline('A', `?from=${on('13:00')}&to=${on('15:14')}`)).toMatchObject({
      statuses: [status('14:00', '15:14', 'carried', 'inactive', '13:47')],
      totals: { polls: 1 },
      polls: [poll('13:47', 'inactive')],
    });
  });

  it('shows time before the first poll as unknown and omits its hours', async () => {
    expect(await timeline('-42', `?from=${on('15:00')}`)).toEqual({
      store_id: '-42',
      timezone: 'America/Chicago',
      from: on('15:00'),
      to: on('17:00'),
      openings: [opening('15:00', '17:00')],
      statuses: [
        status('15:00', '16:30', 'unknown', null, null),
        status('16:30', '17:00', 'observed', 'active', '16:30'),
      ],
      hours: [hour('16:00', 1, { open: 60, up: 30, unknown: 30 })],
      totals: {
        ...parts({ open: 120, up: 30, unknown: 90 }),
        polls: 1,
        all: counted(30, 90, 25),
        observed: counted(30, 0, 100),
      },
      polls: [poll('16:30', 'active')],
      next_page_token: null,
    });
    expect(await timeline('say "hi", zone', `?from=${on('15:00')}`)).toMatchObject({
      timezone: 'Asia/Kathmandu',
      statuses: [status('15:00', '17:00', 'unknown', null, null)],
      hours: [],
      totals: { all: counted(0, 120, 0), observed: counted(0, 0, null) },
    });
  });

  it('is empty for a closed store and for an empty window', async () => {
    const nothing = { openings: [], statuses: [], hours: [], totals: { open_ms: 0, all: counted(0, 0, null) } };

    expect(await timeline('hours', `?from=${on('15:00')}`)).toMatchObject(nothing);
    expect(await timeline('A', `?from=${on('15:00')}&to=${on('15:00')}`)).toMatchObject(nothing);
  });

  it.each([
    ['openings', ['openings']],
    ['totals', ['totals']],
    ['polls', ['polls']],
    ['hours,%20statuses', ['hours', 'statuses']],
    ['', ['hours', 'openings', 'polls', 'statuses', 'totals']],
  ])('returns the requested parts: include=%s', async (include, names) => {
    const answer = await timeline('A', `?include=${include}`);

    const { openings, statuses, hours, totals, polls, ...rest } = A;
    const lists = Object.entries({ openings, statuses, hours, totals, polls }).filter(([name]) => names.includes(name));
    expect(answer).toEqual({ ...rest, ...Object.fromEntries(lists) });
    expect(
      Object.keys(answer)
        .filter((name) => !(name in rest))
        .sort(),
    ).toEqual(names);
  });

  it.each([1, 2, 3])('returns everything once in pages of %d, with the totals on each page', async (size) => {
    const seen = { openings: [] as object[], statuses: [] as object[], hours: [] as object[], polls: [] as object[] };
    for (let token: string | null = ''; token !== null;) {
      const page: TimelineBody = await timeline('A', `?page_size=${size}&page_token=${token}`);
      for (const list of ['openings', 'statuses', 'hours', 'polls'] as const) {
        expect(page[list]!.length).toBeLessThanOrEqual(size);
        seen[list].push(...page[list]!);
      }
      expect(page.totals).toEqual(A.totals);
      token = page.next_page_token;
    }
    expect(seen).toEqual({ openings: A.openings, statuses: A.statuses, hours: A.hours, polls: A.polls });
  });

  it('has no next page token on the last page, even if that page is full', async () => {
    expect((await timeline('A', '?page_size=4')).next_page_token).toBeNull();
    expect((await timeline('A', '?page_size=3&include=openings,statuses')).next_page_token).toBeNull();
  });

  it('accepts windows of up to 31 days', async () => {
    const all = await timeline('A', '?from=2022-12-23T17:00:00Z');

    // Mondays: 26 December, 2, 9, 16 and 23 January
    expect(all.openings).toHaveLength(5);
    expect(all.totals).toMatchObject({
      ...parts({ open: 900, up: 61, down: 45, carriedDown: 74, unknown: 720 }),
      polls: 3,
    });
  });

  it.each([
    ['from', 'from=2022-12-23T16:59:59.999Z', 'from must be at most 31d before to, got 2022-12-23T16:59:59.999Z.'],
    ['from', `from=${on('17:00')}&to=${on('16:59')}`, `from: ${on('17:00')} is after to, ${on('16:59')}.`],
    ['from', 'from=yesterday', '"yesterday" is not a timestamp'],
    ['from', `from=${on('15:00')}&from=${on('16:00')}`, 'from: occurs 2 times; send it once.'],
    ['to', 'to=9998-12-31T00:00:00Z', '9998-12-31T00:00:00.000Z lies in the future; now it is '],
    ['to', 'to=2023-01-23', '"2023-01-23" is not a timestamp'],
    [
      'include',
      'include=openings,parts',
      'include must be any of openings, statuses, hours, totals, polls, got "parts".',
    ],
    ['page_size', 'page_size=0', 'page_size must be a whole number from 1 to 10000, got "0".'],
    ['page_size', 'page_size=10001', 'page_size must be a whole number from 1 to 10000, got "10001".'],
    ['page_size', 'page_size=all', 'page_size must be a whole number from 1 to 10000, got "all".'],
    ['page_token', 'page_token=!', `page_token "!" is not valid; use the previous response's next_page_token.`],
    ['page_token', `page_token=${Buffer.from('A').toString('base64url')}`, 'is not valid'],
    ['page_token', `page_token=${Buffer.from('1 2').toString('base64url')}`, 'is not valid'],
  ])('rejects an invalid %s: ?%s', async (field, query, detail) => {
    const answer = await send(server, `/v1/stores/A/timeline?${query}`);

    expect(answer.status).toBe(400);
    expect(problemOf(answer)).toMatchObject({ code: 'invalid_argument', field });
    expect(problemOf(answer).detail).toContain(detail);
  });

  it('does not find an unknown store', async () => {
    const answer = await send(server, '/v1/stores/nobody/timeline');

    expect(answer.status).toBe(404);
    expect(problemOf(answer)).toMatchObject({ code: 'not_found', detail: 'There is no store "nobody".' });
  });

  it('uses late polls and calendar changes at once, with the same result as the next rollup', async () => {
    const late = { store_id: 'A', status: 'active', timestamp_utc: on('14:30') };
    await sendJson(server, 'POST', '/v1/polls', { polls: [late] });

    const afterPoll = {
      ...A,
      statuses: [
        status('14:00', '14:30', 'carried', 'inactive', '13:47'),
        status('14:30', '15:14', 'observed', 'active', '14:30'),
        ...A.statuses.slice(1),
      ],
      hours: [
        A.hours[0],
        hour('14:00', 1, { open: 60, carriedDown: 30, up: 30 }),
        hour('15:00', 1, { open: 60, up: 60 }),
        A.hours[3],
      ],
      totals: {
        ...parts({ open: 180, up: 105, down: 45, carriedDown: 30 }),
        polls: 4,
        all: counted(105, 75, 58.33),
        observed: counted(105, 45, 70),
      },
      polls: [A.polls[0], poll('14:30', 'active'), ...A.polls.slice(1)],
    };
    expect(await timeline('A')).toEqual(afterPoll);
    expect(await reported('A', A)).toEqual(afterPoll.totals);
    expect(await timeline('A')).toEqual(afterPoll);

    await sendJson(server, 'PUT', '/v1/stores/A/special_hours/2023-01-23', {
      hours: [{ start_time_local: '10:00', end_time_local: '12:00' }],
    });

    const afterDate = {
      ...A,
      openings: [opening('15:00', '17:00')],
      statuses: [status('15:00', '15:14', 'carried', 'active', '14:30'), ...A.statuses.slice(1)],
      hours: [A.hours[0], hour('14:00', 1, {}), hour('15:00', 1, { open: 60, carriedUp: 14, up: 46 }), A.hours[3]],
      totals: {
        ...parts({ open: 120, up: 61, down: 45, carriedUp: 14 }),
        polls: 4,
        all: counted(75, 45, 62.5),
        observed: counted(61, 45, 57.55),
      },
      polls: afterPoll.polls,
    };
    expect(await timeline('A')).toEqual(afterDate);
    expect(await reported('A', A)).toEqual(afterDate.totals);
    expect(await timeline('A')).toEqual(afterDate);
  });
});
