import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client, credentials, status } from '@grpc/grpc-js';
import { REMEMBERED_MS } from '../../src/edge/access/api-keys.service.js';
import { HOUR_MS } from '#libs/instant/instant.js';
import { TurnedClock, bearing, newKey } from './access.js';
import { grpcOutcome } from './limited/grpc-outcome.js';
import { type Answer, problemOf, send } from './rest.js';
import { type Storewatch, startStorewatch } from './server.js';

interface NewKey {
  readonly key_id: string;
  readonly key: string;
  readonly expires_at: string | null;
  readonly old_secret_valid_until: string | null;
}

const clock = new TurnedClock();
let server: Storewatch;
let admin: string;

beforeAll(async () => {
  server = await startStorewatch({ API_KEYS: 'on' }, { clock });
  admin = await newKey(server, ['admin', 'read']);
});
afterAll(() => server?.close());

const ask = (path: string, init: RequestInit = {}, key = admin): Promise<Answer> =>
  send(server, path, { ...init, headers: { ...bearing(key), 'Content-Type': 'application/json', ...init.headers } });
const post = (path: string, body: object): Promise<Answer> => ask(path, { method: 'POST', body: JSON.stringify(body) });
const create = async (body: object = {}): Promise<NewKey> => {
  const answer = await post('/v1/keys', { name: 'acme', scopes: ['read'], ...body });
  expect(answer.status).toBe(201);
  return JSON.parse(answer.text) as NewKey;
};
const rotate = async (keyId: string, body: object = {}): Promise<NewKey> => {
  const answer = await post(`/v1/keys/${keyId}/rotate`, body);
  expect(answer.status).toBe(200);
  return JSON.parse(answer.text) as NewKey;
};
/** Whether a key is accepted, once no process remembers it. */
const isAccepted = async (key: string): Promise<boolean> => {
  clock.turn(REMEMBERED_MS + 1);
  const { status: code } = await ask('/v1/stores', {}, key);
  expect([200, 401]).toContain(code);
  return code === 200;
};

describe('API keys over REST', () => {
  it('are created, used, listed without their secrets, and revoked', async () => {
    const made = await create({ filter: 'tags.franchisee = acme', valid_for: '90d' });
    expect(await isAccepted(made.key)).toBe(true);

    const { text } = await ask('/v1/keys');
    expect(text).not.toContain(made.key.split('_')[2]);
    const { keys } = JSON.parse(text) as { keys: object[] };
    expect(keys.find((key) => 'key_id' in key && key.key_id === made.key_id)).toMatchObject({
      name: 'acme',
      scopes: ['read'],
      filter: 'tags.franchisee = acme',
      expires_at: made.expires_at,
      revoked_at: null,
      old_secret_valid_until: null,
    });

    expect((await ask(`/v1/keys/${made.key_id}`, { method: 'DELETE' })).status).toBe(204);
    expect(await isAccepted(made.key)).toBe(false);
  });

  it('are rotated: both secrets are valid until the overlap ends, then only the new one', async () => {
    const first = await create();
    const second = await rotate(first.key_id, { overlap: '2h' });
    expect(second.key_id).toBe(first.key_id);
    expect(second.key).not.toBe(first.key);
    expect([await isAccepted(first.key), await isAccepted(second.key)]).toEqual([true, true]);
    clock.turn(2 * HOUR_MS);
    expect([await isAccepted(first.key), await isAccepted(second.key)]).toEqual([false, true]);
  });

  it('are rotated at once with an overlap of 0; a second rotation ends the first secret', async () => {
    const first = await create();
    const second = await rotate(first.key_id, { overlap: '0' });
    expect(await isAccepted(first.key)).toBe(false);
    const third = await rotate(first.key_id);
    const fourth = await rotate(first.key_id);
    const keys = [second, third, fourth];
    expect(await Promise.all(keys.map(({ key }) => isAccepted(key)))).toEqual([false, true, true]);
  });

  it('name what is wrong', async () => {
    const wrong: [body: object, field: string, detail: string][] = [
      [{ scopes: [] }, 'scopes', 'scopes must be a list of ingest, read, admin, got [].'],
      [{ scopes: ['write'] }, 'scopes[0]', 'scopes[0] must be ingest, read, admin, got "write".'],
      [{ name: ' ' }, 'name', 'name must have 1 to 100 characters and not be blank, got " ".'],
      [{ filter: '' }, 'filter', 'filter must not be empty, got "".'],
      [{ filter: 'state = up' }, 'filter', 'filter must not have state, which only'],
      [{ filter: 'brand = bk' }, 'filter', 'filter must compare store_id, name, timezone or tags.KEY, got "brand"'],
    ];
    for (const [body, field, detail] of wrong) {
      const answer = await post('/v1/keys', { name: 'acme', scopes: ['read'], ...body });
      expect(problemOf(answer)).toMatchObject({ status: 400, detail: expect.stringContaining(detail), field });
    }
    for (const path of ['/v1/keys/0123456789ab/rotate', '/v1/keys/no-key/rotate']) {
      expect((await post(path, {})).status).toBe(404);
    }
    const { key_id } = await create();
    expect(problemOf(await post(`/v1/keys/${key_id}/rotate`, { overlap: 'long' })).status).toBe(400);
    await ask(`/v1/keys/${key_id}`, { method: 'DELETE' });
    expect(problemOf(await post(`/v1/keys/${key_id}/rotate`, {})).status).toBe(409);
  });
});

describe('while API keys are off', () => {
  it('they are managed on the command line only', async () => {
    const open = await startStorewatch();
    try {
      const body = JSON.stringify({ name: 'planted', scopes: ['admin'] });
      const headers = { 'Content-Type': 'application/json' };
      for (const init of [{}, { method: 'POST', body, headers }]) {
        expect(problemOf(await send(open, '/v1/keys', init))).toMatchObject({
          status: 403,
          detail: 'While API keys are off (API_KEYS), they are managed with storewatch keys only.',
        });
      }
    } finally {
      await open.close();
    }
  });
});

describe('API keys over gRPC', () => {
  it('are created, listed, rotated and revoked', async () => {
    const client = new Client(server.grpcAddress, credentials.createInsecure());
    const call = async (method: string, request: object): Promise<Record<string, unknown>> => {
      const outcome = await grpcOutcome(client, `/storewatch.v1.KeysService/${method}`, request, admin);
      expect(outcome).toMatchObject({ code: status.OK });
      return outcome.messages[0] as Record<string, unknown>;
    };
    try {
      const made = await call('CreateKey', { name: 'over gRPC', scopes: [2], filter: 'store_id = 7' });
      const { keyId } = made['apiKey'] as { keyId: string };
      expect(made['apiKey']).toMatchObject({ name: 'over gRPC', filter: 'store_id = 7' });
      const rotated = await call('RotateKey', { keyId, overlap: { seconds: 0, nanos: 0 } });
      expect(await isAccepted(made['key'] as string)).toBe(false);
      expect(await isAccepted(rotated['key'] as string)).toBe(true);
      const { apiKeys } = await call('ListKeys', {});
      expect((apiKeys as { keyId: string }[]).map((key) => key.keyId)).toContain(keyId);
      await call('RevokeKey', { keyId });
      expect(await isAccepted(rotated['key'] as string)).toBe(false);
    } finally {
      client.close();
    }
  });
});
