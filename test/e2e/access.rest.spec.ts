import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { once } from 'node:events';
import { type IncomingMessage, get } from 'node:http';
import { ApiKeysService, MAX_REMEMBERED, REMEMBERED_MS } from '../../src/edge/access/api-keys.service.js';
import type { Scope } from '../../src/edge/access/scope.js';
import { Log } from '../../src/platform/logging/log.js';
import { TurnedClock, WRONG_KEY, bearing, idOf, newKey } from './access.js';
import { type Answer, NOBODY, problemOf, send } from './rest.js';
import { type Storewatch, startStorewatch } from './server.js';

/** The scope that each operation needs. Add every new operation here, or the tests fail. */
const SCOPE_OF: Record<string, Scope | 'none'> = {
  livez: 'none',
  readyz: 'none',
  ingestPolls: 'ingest',
  importStoreStatus: 'ingest',
  importBusinessHours: 'ingest',
  importStoreTimezones: 'ingest',
  importSpecialHours: 'ingest',
  importStoreLife: 'ingest',
  importStores: 'ingest',
  getFleetSummary: 'read',
  getFleetHeatmap: 'read',
  watchFleet: 'read',
  listImports: 'read',
  getImport: 'read',
  getImportRejects: 'read',
  getMetrics: 'read',
  triggerReport: 'read',
  getReport: 'read',
  createReport: 'read',
  listReports: 'read',
  describeReport: 'read',
  headReportContent: 'read',
  watchReport: 'read',
  deleteReport: 'admin',
  getReportContent: 'read',
  getStoreTimeline: 'read',
  listOutages: 'read',
  listRecentOutages: 'read',
  listStores: 'read',
  getStore: 'read',
  listTimezones: 'read',
  setTimezone: 'admin',
  removeTimezone: 'admin',
  setBusinessHours: 'admin',
  setSpecialHours: 'admin',
  removeSpecialHours: 'admin',
  setLife: 'admin',
  updateStore: 'admin',
  listSchedules: 'read',
  getSchedule: 'read',
  listScheduleRuns: 'read',
  getScheduleRun: 'read',
  createKey: 'admin',
  listKeys: 'admin',
  rotateKey: 'admin',
  revokeKey: 'admin',
  createSchedule: 'admin',
  updateSchedule: 'admin',
  removeSchedule: 'admin',
  runScheduleAgain: 'admin',
};

interface Operation {
  readonly operationId: string;
  readonly description: string;
  readonly security: object[];
  readonly 'x-scope'?: string;
  readonly responses: Record<string, object>;
}

interface Document {
  readonly paths: Record<string, Record<string, Operation>>;
  readonly components: { securitySchemes: object };
}

let server: Storewatch;
let document: Document;
/** All operations in the OpenAPI document. */
let operations: (Operation & { verb: string; path: string })[];
const clock = new TurnedClock();

beforeAll(async () => {
  server = await startStorewatch({ API_KEYS: 'on' }, { clock });
  document = (await send(server, '/docs-json')).json() as Document;
  operations = Object.entries(document.paths).flatMap(([path, verbs]) =>
    Object.entries(verbs).map(([verb, operation]) => ({ ...operation, verb: verb.toUpperCase(), path })),
  );
});
afterAll(() => server?.close());

const ask = ({ verb, path }: { verb: string; path: string }, headers: Record<string, string> = {}): Promise<Answer> =>
  send(
    server,
    path
      .replace('{store_id}', 'a')
      .replace('{date}', '2026-12-25')
      .replace(/\{\w+_id\}/, NOBODY)
      .replace('/fleet/events', '/fleet/events?limit=1'),
    {
      method: verb,
      headers,
    },
  );

const listStores = (key: string): Promise<Answer> => send(server, '/v1/stores', { headers: bearing(key) });

describe('without a key', () => {
  it('every operation except health checks is rejected', async () => {
    for (const operation of operations) {
      const answer = await ask(operation);
      const outcome = `${operation.operationId} ${answer.status}`;
      if (SCOPE_OF[operation.operationId] === 'none') {
        expect(outcome).toBe(`${operation.operationId} 200`);
      } else {
        expect(outcome).toBe(`${operation.operationId} 401`);
        expect(answer.headers.get('www-authenticate')).toBe('Bearer');
        if (operation.verb === 'HEAD') continue; // HEAD has no body
        expect(problemOf(answer)).toMatchObject({ code: 'unauthenticated', title: 'Unauthenticated' });
      }
    }
  });

  it.each(['/', '/icon.svg', '/docs', '/docs/swagger-ui.css', '/docs-json', '/docs-yaml'])(
    '%s is public',
    async (path) => {
      expect((await send(server, path)).status).toBe(200);
    },
  );

  it.each(['/fleet', '/assets/a/b', '/v1/nothing', '/LIVEZ', '//v1/stores', '/V1/stores/'])(
    '%s is rejected too',
    async (path) => {
      expect((await send(server, path)).status).toBe(401);
    },
  );

  it.each(['/docs/../v1/stores', '/docs/%2e%2e/v1/stores', '/docs/..%2fv1/stores'])(
    '%s, sent unnormalized, is not found',
    async (path) => {
      const { hostname, port } = new URL(server.http);
      const [response] = (await once(get({ hostname, port, path }), 'response')) as [IncomingMessage];
      expect(response.resume().statusCode).toBe(404);
    },
  );

  it('the request body is not read', async () => {
    const init = { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '{"polls": [' };
    expect((await send(server, '/v1/polls', init)).status).toBe(401);
    const key = await newKey(server, ['ingest']);
    const known = await send(server, '/v1/polls', { ...init, headers: { ...init.headers, ...bearing(key) } });
    expect(known.status).toBe(400);
  });
});

describe('an API key', () => {
  it('allows only what its scope covers', async () => {
    expect(operations.map(({ operationId }) => operationId).sort()).toEqual(Object.keys(SCOPE_OF).sort());
    const keys = { ingest: await newKey(server, ['ingest']), read: await newKey(server, ['read']) };
    for (const operation of operations) {
      const needed = SCOPE_OF[operation.operationId];
      for (const [scope, key] of Object.entries(keys)) {
        const answer = await ask(operation, bearing(key));
        const outcome = `${operation.operationId} with ${scope}: ${answer.status === 403}`;
        expect(outcome).toBe(`${operation.operationId} with ${scope}: ${needed !== 'none' && needed !== scope}`);
        expect(answer.status).not.toBe(401);
        if (answer.status !== 403 || operation.verb === 'HEAD') continue;
        expect(problemOf(answer)).toMatchObject({
          code: 'permission_denied',
          detail: `The request needs an API key with the scope ${needed}; key ${idOf(key)} has ${scope}.`,
        });
      }
    }
  });

  it('with all scopes allows everything', async () => {
    const key = await newKey(server, ['admin']);
    for (const operation of operations) {
      const { status } = await ask(operation, bearing(key));
      expect([401, 403, 429]).not.toContain(status);
    }
  });

  it('can have several scopes', async () => {
    const key = await newKey(server, ['ingest', 'read']);
    expect((await listStores(key)).status).toBe(200);
    const init = { method: 'PUT', headers: bearing(key) };
    expect((await send(server, '/v1/stores/a/timezone', init)).status).toBe(403);
    // An unauthorized client does not learn what a valid request looks like.
    expect((await send(server, '/v1/stores/a/timezone?zone=1', init)).status).toBe(403);
  });

  it.each([
    ['an unknown key', () => bearing(WRONG_KEY)],
    ['a key with another secret', (key: string) => bearing(`${key.slice(0, -2)}${key.endsWith('AA') ? 'BB' : 'AA'}`)],
    ['a truncated key', (key: string) => bearing(key.slice(0, -1))],
    ['another authentication scheme', (key: string) => ({ Authorization: `Basic ${key}` })],
    ['without a scheme', (key: string) => ({ Authorization: key })],
    ['a key in the wrong header', (key: string) => ({ 'X-API-Key': key })],
  ])('%s is rejected', async (_, headers) => {
    const key = await newKey(server, ['admin']);
    expect((await listStores(key)).status).toBe(200);
    const answer = await send(server, '/v1/stores', { headers: headers(key) });
    expect(answer.status).toBe(401);
    expect(answer.text).not.toContain(key.slice(-30));
  });

  it('stops working within seconds of being revoked', async () => {
    const key = await newKey(server, ['read']);
    expect((await listStores(key)).status).toBe(200);
    await server.app.get(ApiKeysService).revoke(idOf(key));
    clock.turn(REMEMBERED_MS);
    expect((await listStores(key)).status).toBe(401);
    await server.app.get(ApiKeysService).revoke(idOf(key));
  });

  it('expires at the exact time', async () => {
    const key = await newKey(server, ['read'], REMEMBERED_MS * 60);
    clock.turn(REMEMBERED_MS * 60 - 1);
    expect((await listStores(key)).status).toBe(200);
    clock.turn(1);
    expect((await listStores(key)).status).toBe(401);
  });

  it('is not stored in the database, which records its last use to the minute', async () => {
    const key = await newKey(server, ['read']);
    const columns = 'api_key::text as text, extract(epoch from last_used_at)::float8 * 1000 as "usedMs"';
    const usedMs = async (): Promise<number | null> => {
      await server.app.get(ApiKeysService).onApplicationShutdown(); // waits until the last use is recorded
      const { rows } = await server.pool.query(`select ${columns} from api_key where id = $1`, [idOf(key)]);
      const [row] = rows as { text: string; usedMs: number | null }[];
      expect(row.text).not.toContain(key.slice(-43));
      return row.usedMs;
    };
    expect(await usedMs()).toBeNull();
    await listStores(key);
    const firstMs = clock.nowMs();
    expect(await usedMs()).toBe(firstMs);
    clock.turn(59_999);
    await listStores(key);
    expect(await usedMs()).toBe(firstMs);
    clock.turn(REMEMBERED_MS);
    await listStores(key);
    expect(await usedMs()).toBe(clock.nowMs());
  });

  it('is evicted from the cache when it was verified longest ago and the cache is full', async () => {
    const service = server.app.get(ApiKeysService);
    const first = await newKey(server, ['read']);
    await service.verify(first);
    for (let i = 1; i < MAX_REMEMBERED; i++) await service.verify(await newKey(server, ['read']));
    expect(service.recall(first)).toMatchObject({ scopes: ['read'] });
    await service.verify(await newKey(server, ['read']));
    expect(service.recall(first)).toBeUndefined();
  });

  it('is never logged, but the address that sends wrong keys is', async () => {
    const written: string[] = [];
    const stream = { write: (line: string) => void written.push(line) };
    const opening = jest.spyOn(Log, 'open').mockImplementation(async (settings) => new Log(settings, stream));
    const other = await startStorewatch({ API_KEYS: 'on', LOG_LEVEL: 'debug' });
    await send(other, '/v1/stores', { headers: bearing(WRONG_KEY) });
    await send(other, '/v1/stores', { headers: bearing(await newKey(other, ['read'])) });
    await other.close();
    opening.mockRestore();
    expect(written.join('')).toMatch(/Rejected a wrong API key from \S*127\.0\.0\.1/);
    expect(written.join('')).not.toMatch(/sw_|AAAAAAAA/);
  });
});

describe('the OpenAPI document', () => {
  it('says how to send a key and which scope each operation needs', () => {
    expect(document.components.securitySchemes).toMatchObject({ apiKey: { type: 'http', scheme: 'bearer' } });
    for (const { operationId, security, responses, description, 'x-scope': scope } of operations) {
      const needed = SCOPE_OF[operationId];
      if (needed === 'none') {
        expect([operationId, security, scope, responses['401']]).toEqual([operationId, [], undefined, undefined]);
      } else {
        expect([operationId, security, scope]).toEqual([operationId, [{ apiKey: [] }], needed]);
        expect(Object.keys(responses)).toEqual(expect.arrayContaining(['401', '403', '429']));
        expect(`${operationId}: ${description}`).toContain(`the scope \`${needed}\``);
      }
    }
  });
});

describe('on the loopback address', () => {
  it('no key is needed by default', async () => {
    const open = await startStorewatch();
    expect((await send(open, '/v1/stores')).status).toBe(200);
    expect((await send(open, '/v1/stores', { headers: bearing(WRONG_KEY) })).status).toBe(200);
    await open.close();
  });
});
