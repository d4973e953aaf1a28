import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { at, failure } from './grpc.js';
import { load, problemOf, send, sendJson } from './rest.js';
import { type Storewatch, startStorewatch } from './server.js';

const NOON = '2026-10-06T12:00:00Z';

let server: Storewatch;
beforeAll(async () => {
  server = await startStorewatch();
  const polls = [
    ['a', 'active'],
    ['b', 'inactive'],
    ['c', 'active'],
    ['d', 'active'],
  ].map(([id, status]) => ({ store_id: id, status, timestamp_utc: '2026-10-06T11:59:00Z' }));
  await sendJson(server, 'POST', '/v1/polls', { polls });
  await load(server, 'stores', 'store_id,region,brand\na,North,X\nb,North,\nc,South,X\ne,North,X\n');
});
afterAll(() => server?.close());

const groups = async (groupBy: string): Promise<unknown> =>
  (
    (await send(server, `/v1/fleet/summary?as_of=${NOON}&group_by=${groupBy}`)).json() as {
      groups: { tags: object; stores: object }[];
    }
  ).groups;

describe('GET /v1/fleet/summary?group_by', () => {
  const none = { total: 0, up: 0, down: 0, silent: 0, closed: 0 };

  it('counts the stores of each value by state', async () => {
    expect(await groups('tags.region')).toEqual([
      { tags: { region: null }, stores: { ...none, total: 1, up: 1 } },
      { tags: { region: 'North' }, stores: { ...none, total: 3, up: 1, down: 1, silent: 1 } },
      { tags: { region: 'South' }, stores: { ...none, total: 1, up: 1 } },
    ]);
  });

  it('counts by several tags', async () => {
    const tags = async (): Promise<object[]> =>
      ((await groups('tags.region,tags.brand')) as { tags: object }[]).map((group) => group.tags);
    expect(await tags()).toEqual([
      { region: null, brand: null },
      { region: 'North', brand: null },
      { region: 'North', brand: 'X' },
      { region: 'South', brand: 'X' },
    ]);
  });

  it('is null without group_by', async () => {
    expect((await send(server, '/v1/fleet/summary')).json()).toMatchObject({ groups: null });
  });

  it('is the same over gRPC', async () => {
    const { summary } = await server.grpc.getFleetSummary({ asOf: at(NOON), groupBy: ['tags.region'] });
    expect(summary!.groups).toEqual([
      { values: [''], stores: { ...none, total: 1, up: 1 } },
      { values: ['North'], stores: { ...none, total: 3, up: 1, down: 1, silent: 1 } },
      { values: ['South'], stores: { ...none, total: 1, up: 1 } },
    ]);
    expect((await server.grpc.getFleetSummary({ asOf: at(NOON) })).summary!.groups).toEqual([]);
    const error = await failure(server.grpc.getFleetSummary({ groupBy: ['name'] }));
    expect(error.details).toContain('group_by[0] must be tags.KEY');
  });

  it.each([
    ['name', 'group_by[0]', 'group_by[0] must be tags.KEY, with a KEY of 1 to 63 letters'],
    ['tags.a,tags.a', 'group_by[1]', 'group_by[1] must not repeat "tags.a".'],
    ['tags.a,tags.b,tags.c,tags.d', 'group_by', 'group_by must be a list of 1 to 3 items'],
  ])('refuses %s', async (groupBy, field, detail) => {
    const answer = await send(server, `/v1/fleet/summary?group_by=${groupBy}`);
    expect(answer.status).toBe(400);
    expect(problemOf(answer)).toMatchObject({ field, detail: expect.stringContaining(detail) });
  });

  it('refuses more than 1,000 groups', async () => {
    const rows = Array.from({ length: 1_000 }, (_, i) => `n${i},${i}\n`).join('');
    await load(server, 'stores', `store_id,serial\n${rows}`);
    // As of another instant, so that no cached snapshot answers.
    const answer = await send(server, '/v1/fleet/summary?as_of=2026-10-06T11:00:00Z&group_by=tags.serial');
    expect(problemOf(answer)).toMatchObject({
      field: 'group_by',
      detail: 'group_by must make at most 1000 groups. Use tags with fewer values.',
    });
  });
});
