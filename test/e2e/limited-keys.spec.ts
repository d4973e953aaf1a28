import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { Client, credentials } from '@grpc/grpc-js';
import type { OpenAPIObject } from '@nestjs/swagger';
import { bearing, idOf } from './access.js';
import { Documented } from './documented.js';
import { GRPC_CALLS } from './limited/grpc-calls.js';
import { grpcOutcome } from './limited/grpc-outcome.js';
import { REST_CALLS, type RestCall } from './limited/rest-calls.js';
import { type World, type Worlds, outside, startWorlds, turn } from './limited/worlds.js';
import { grpcMethods } from './server.js';
import { send } from './rest.js';

/** Long, because it makes hundreds of requests to two servers. */
jest.setTimeout(120_000);

let worlds: Worlds;
let before: object;

beforeAll(async () => {
  worlds = await startWorlds();
  before = await outside(worlds.with.server);
});
afterAll(() => worlds?.close());

/** Numbers the random ids of a world in the order of their first appearance. */
const numbered = new Map<World, Map<string, string>>();

/** Tokens can have random ids. */
const PAGE_TOKEN = /(next_?page_?token[\\":]+)([\w-]{8,})/gi;
/** A hash of what the event shows, with random ids. */
const EVENT_ID = /(?<=\\n)id: [\w-]{16}(?=\\nevent: summary)/g;

/** A response without what differs between any two servers. */
function comparable(world: World, text: string): string {
  const ids = numbered.get(world) ?? new Map<string, string>();
  numbered.set(world, ids);
  return text
    .replaceAll(PAGE_TOKEN, (_, name: string, token: string) => name + Buffer.from(token, 'base64url').toString())
    .replaceAll(EVENT_ID, '')
    .replaceAll(idOf(world.key), 'THE-KEY')
    .replaceAll(world.server.http, '')
    .replaceAll(/[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}/g, (id) => {
      if (!ids.has(id)) ids.set(id, `id-${ids.size}`);
      return ids.get(id)!;
    });
}

/** Of these the values depend on the time of the request. */
const PASSING = ['date', 'x-request-id', 'traceparent'];
/** Of a body with the request's id. */
const WEAK = /^W\//;

async function restOutcome(world: World, verb: string, { path, body, headers = {} }: RestCall): Promise<string> {
  const type = typeof body === 'string' ? 'text/csv' : 'application/json';
  const answer = await send(world.server, path, {
    method: verb,
    headers: { ...bearing(world.key), ...headers, ...(body !== undefined && { 'Content-Type': type }) },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const shown = [...answer.headers].filter(([name, value]) => !PASSING.includes(name) && !WEAK.test(value));
  return comparable(world, JSON.stringify([answer.status, shown, answer.text]));
}

/** A server with stores outside the limit answers exactly as one without them, and they stay as they are. */
describe('an API key with a filter cannot tell that there are other stores', () => {
  it('over REST, in any operation of openapi.json', async () => {
    const document = new Documented(JSON.parse(readFileSync('openapi.json', 'utf8')) as OpenAPIObject);
    const operations = new Map(document.operations().map(({ verb, operation }) => [operation.operationId!, verb]));
    expect(Object.keys(REST_CALLS).sort()).toEqual([...operations.keys()].sort());
    const faults: string[] = [];
    for (const [operation, calls] of Object.entries(REST_CALLS)) {
      const verb = operations.get(operation)!;
      const [first, second] = [worlds.without, worlds.with].map(({ made }) => calls(made, worlds.hidden));
      for (const [i, call] of first.entries()) {
        const alone = await restOutcome(worlds.without, verb, call);
        const together = await restOutcome(worlds.with, verb, second[i]);
        turn();
        const what = `${operation} ${verb} ${call.path} ${JSON.stringify(call.body)}`;
        faults.push(...faultsOf(what, alone, together, `[${call.status},`));
      }
    }
    expect(faults).toEqual([]);
  });

  it('over gRPC, in any method of proto/', async () => {
    expect(Object.keys(GRPC_CALLS).map(pathOf).sort()).toEqual([...grpcMethods.keys()].sort());
    const faults: string[] = [];
    const clients = [worlds.without, worlds.with].map(
      ({ server }) => new Client(server.grpcAddress, credentials.createInsecure()),
    );
    try {
      for (const [name, calls] of Object.entries(GRPC_CALLS)) {
        const both = [worlds.without, worlds.with].map(({ made }) => calls(made, worlds.hidden));
        for (const [i, { code }] of both[0].entries()) {
          const outcomes = [];
          for (const [w, world] of [worlds.without, worlds.with].entries()) {
            const outcome = await grpcOutcome(clients[w], pathOf(name), both[w][i].request, world.key);
            outcomes.push(comparable(world, JSON.stringify(outcome)));
          }
          turn();
          faults.push(...faultsOf(`${name} ${i}`, outcomes[0], outcomes[1], `{"code":${code},`));
        }
      }
    } finally {
      for (const client of clients) client.close();
    }
    expect(faults).toEqual([]);
  });

  it('and has changed nothing outside', async () => {
    expect(await outside(worlds.with.server)).toEqual(before);
  });
});

/** Where the response differs from that of the server without other stores, and whether it is another than expected. */
function faultsOf(what: string, alone: string, together: string, begin: string): string[] {
  const faults: string[] = [];
  if (!alone.startsWith(begin)) faults.push(`${what}: ${alone.slice(0, 30)} ${alone.slice(-300)}, expected ${begin}`);
  if (alone === together) return faults;
  const at = Math.max(0, Array.from(alone).findIndex((character, i) => character !== together[i]) - 100);
  return [...faults, `${what}: ${together.slice(at, at + 200)}, alone ${alone.slice(at, at + 200)}`];
}

const pathOf = (name: string): string => `/storewatch.v1.${name}`;
