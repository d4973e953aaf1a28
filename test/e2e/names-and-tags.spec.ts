import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { calendar } from './night-and-morning.js';
import { type Answer, problemOf, send, sendJson } from './rest.js';
import { type Storewatch, startStorewatch } from './server.js';

let server: Storewatch;
beforeAll(async () => {
  server = await startStorewatch();
});
afterAll(() => server?.close());

const patch = (id: string, body: unknown): Promise<Answer> => sendJson(server, 'PATCH', `/v1/stores/${id}`, body);
const bare = (id: string, changes: object): object =>
  calendar(id, { timezone: 'America/Chicago', timezone_is_default: true, business_hours: [], ...changes });
const NORTH = { name: 'One', tags: { region: 'North', brand: 'Corner' } };

describe('PATCH /v1/stores/{store_id}', () => {
  it('sets name and tags, adds an unknown store, and the list shows them', async () => {
    const answer = await patch('p1', { name: ' One ', tags: { region: 'North', brand: 'Corner' } });
    expect(answer.status).toBe(200);
    expect(answer.json()).toEqual(bare('p1', NORTH));
    expect((await send(server, '/v1/stores/p1')).json()).toEqual(answer.json());
    expect((await send(server, '/v1/stores')).json()).toMatchObject({
      stores: expect.arrayContaining([{ store_id: 'p1', ...NORTH, timezone: null }]),
    });
  });

  it('keeps what the body lacks; null or an empty text removes', async () => {
    await patch('p2', NORTH);
    expect((await patch('p2', { tags: { city: 'Dallas' } })).json()).toEqual(
      bare('p2', { name: 'One', tags: { ...NORTH.tags, city: 'Dallas' } }),
    );
    expect((await patch('p2', { tags: { city: null, brand: ' ' } })).json()).toMatchObject({
      name: 'One',
      tags: { region: 'North' },
    });
    expect((await patch('p2', { name: null })).json()).toEqual(bare('p2', { tags: { region: 'North' } }));
  });

  it.each([
    ['nothing', {}, undefined, 'Send name, tags or both'],
    ['a name that is no text', { name: 5 }, 'name', 'name must be text of at most 255 characters'],
    ['a long name', { name: 'x'.repeat(256) }, 'name', 'name must be text of at most 255 characters'],
    ['tags that are no object', { tags: ['a'] }, 'tags', 'tags must be an object of texts, got ["a"].'],
    ['tags null', { tags: null }, 'tags', 'tags must be an object of texts, got null.'],
    ['a key', { tags: { 'a b': 'x' } }, 'tags', 'A key of tags must be 1 to 63 letters, digits and _'],
    ['a value', { tags: { a: 'x\u0000' } }, 'tags.a', 'tags.a must be text of at most 255 characters'],
    ['a number', { tags: { a: 1 } }, 'tags.a', 'got 1.'],
    [
      'too many tags',
      { tags: Object.fromEntries(Array.from({ length: 33 }, (_, i) => [`t${i}`, 'x'])) },
      'tags',
      'store "p3" must have at most 32 tags, got 33',
    ],
    ['an unknown field', { names: 'x' }, 'names', 'Unknown field "names".'],
  ])('refuses %s', async (_what, body, field, detail) => {
    const answer = await patch('p3', body);
    expect(answer.status).toBe(400);
    expect(problemOf(answer)).toMatchObject({ code: 'invalid_argument' });
    expect(problemOf(answer).field || undefined).toBe(field);
    expect(problemOf(answer).detail).toContain(detail);
  });
});

describe('TimezonesService.UpdateStores', () => {
  const named = async (storeId: string): Promise<object | undefined> => {
    const { calendar: store } = await server.grpc.getStoreCalendar({ storeId });
    return store && { name: store.name, tags: store.tags };
  };

  it('sets names and tags of several stores; the last update of a store counts', async () => {
    const updates = [
      { storeId: 'g1', name: 'One', tags: { region: 'North', brand: 'Corner' } },
      { storeId: 'g2', tags: { region: 'South' } },
      { storeId: ' g2 ', name: 'Two', tags: {} },
    ];
    expect(await server.grpc.updateStores({ updates })).toEqual({ changed: 2, unchanged: 0 });
    expect(await server.grpc.updateStores({ updates })).toEqual({ changed: 0, unchanged: 2 });
    expect(await named('g1')).toEqual({ name: 'One', tags: { region: 'North', brand: 'Corner' } });
    expect(await named('g2')).toEqual({ name: 'Two', tags: {} });
  });

  it('keeps an absent name and other tags, removes empty ones, and all others with replace_tags', async () => {
    await server.grpc.updateStores({ updates: [{ storeId: 'g3', name: 'Three', tags: { a: '1', b: '2', c: '3' } }] });
    await server.grpc.updateStores({ updates: [{ storeId: 'g3', tags: { a: '', b: '4' } }] });
    expect(await named('g3')).toEqual({ name: 'Three', tags: { b: '4', c: '3' } });
    await server.grpc.updateStores({ updates: [{ storeId: 'g3', name: '', tags: { d: '5' } }], replaceTags: true });
    expect(await named('g3')).toEqual({ name: '', tags: { d: '5' } });
  });

  it('changes nothing if one update is invalid, and names it', async () => {
    const updates = [
      { storeId: 'g4', name: 'Four', tags: {} },
      { storeId: 'g5', tags: { region: 'a\tb' } },
    ];
    await expect(server.grpc.updateStores({ updates })).rejects.toThrow(
      /INVALID_ARGUMENT: updates\[1\]\.tags\.region must be text of at most 255 characters/,
    );
    await expect(server.grpc.updateStores({ updates: [{ storeId: ' ', tags: {} }] })).rejects.toThrow(
      /updates\[0\]\.store_id " " is empty/,
    );
    const many = Array.from({ length: 1_001 }, (_, i) => ({ storeId: `m${i}`, tags: {} }));
    await expect(server.grpc.updateStores({ updates: many })).rejects.toThrow(
      /updates must have at most 1000 items, got 1001/,
    );
    expect((await send(server, '/v1/stores/g4')).status).toBe(404);
  });
});
