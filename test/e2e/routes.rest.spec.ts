import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { connect } from 'node:net';
import { status } from '@grpc/grpc-js';
import { GrpcFrames, framed } from '../fuzz/grpc-client.js';
import { HttpClient, type RawAnswer } from '../fuzz/http-client.js';
import { type OpenApi, operationsOf } from '../fuzz/operations.js';
import { NOBODY, send, sendJson } from './rest.js';
import { type Storewatch, startStorewatch } from './server.js';

/** Variants of a path that other programs may treat as the same path. */
const SPELLINGS: Readonly<Record<string, (path: string) => string>> = {
  'a trailing slash': (path) => `${path}/`,
  'two trailing slashes': (path) => `${path}//`,
  capitals: (path) => path.toUpperCase(),
  'an upper-case letter': (path) => path.replace(/[a-z]/, (letter) => letter.toUpperCase()),
  'an encoded letter': (path) => path.replace(/[a-z]/, (letter) => `%${letter.charCodeAt(0).toString(16)}`),
  'an encoded last letter': (path) => path.replace(/[a-z]$/, (letter) => `%${letter.charCodeAt(0).toString(16)}`),
  'an encoded slash': (path) => `/${path.slice(1).replace('/', '%2f')}`,
  'two slashes': (path) => `/${path}`,
  'two slashes inside': (path) => path.replace(/(.)\//, '$1//'),
  'a dot': (path) => `/.${path}`,
  'path traversal': (path) => `/docs/..${path}`,
  'encoded path traversal': (path) => `/docs/%2e%2e${path}`,
  'path traversal from the page': (path) => `/assets/..${path}`,
  'a path parameter after a semicolon': (path) => `${path};x`,
  'a backslash': (path) => path.replaceAll('/', '\\'),
  'a fragment': (path) => `${path}#/`,
  'an absolute URL': (path) => `http://elsewhere.example${path}`,
  'an absolute URL with a trailing slash': (path) => `http://elsewhere.example${path}/`,
  'a NUL': (path) => `${path}%00`,
};

let server: Storewatch;
let client: HttpClient;
let operations: { verb: string; path: string; scope: string | undefined }[];

beforeAll(async () => {
  server = await startStorewatch({ API_KEYS: 'on', MAX_BATCHES_AT_ONCE: '2' });
  client = new HttpClient(server.http);
  const document = JSON.parse((await client.send({ verb: 'GET', path: '/docs-json' })).text) as OpenApi;
  operations = operationsOf(document)
    .filter(({ path }) => !path.includes('{odd}'))
    .map(({ verb, path }) => ({
      verb,
      path: path.replaceAll(/\{(\w+)\}/g, (_, name: string) => (name.endsWith('_id') ? NOBODY : 'x')),
      scope: (document.paths[path][verb.toLowerCase()] as unknown as Record<string, string>)['x-scope'],
    }));
});
afterAll(async () => {
  client.close();
  await server?.close();
});

/** The response without what differs from one request to the next. */
const essence = ({ status: code, text }: RawAnswer): string =>
  `${code} ${text.replaceAll(/"request_id":"[^"]*"/g, '').replaceAll(/-?\d+(\.\d+)?/g, '0')}`;

describe('a variant of a path', () => {
  it.each(Object.keys(SPELLINGS))('does not bypass the API key: %s', async (name) => {
    let answers = 0;
    for (const { verb, path, scope } of operations) {
      const spelt = SPELLINGS[name](path);
      // Parameters may hold nearly anything, including upper case.
      const there = await client.send({ verb, path });
      const answer = await client.send({ verb, path: spelt });
      answers++;
      const shown = `${verb} ${spelt}: ${answer.status} ${answer.text.slice(0, 200)}`;
      expect(shown).not.toMatch(/: 5\d\d /);
      if (scope === undefined) {
        // A public resource: the same response, or an error.
        if (essence(answer) !== essence(there)) expect(shown).toMatch(/: (400|401|403|404) /);
      } else expect(shown).toMatch(/: (400|401|403|404) /);
    }
    expect(answers).toBeGreaterThan(30);
  });
});

describe('with API keys off, a variant of a path', () => {
  let open: Storewatch;
  let asker: HttpClient;

  beforeAll(async () => {
    open = await startStorewatch({ ALLOWED_HOSTS: 'elsewhere.example' });
    asker = new HttpClient(open.http);
  });
  afterAll(async () => {
    asker.close();
    await open?.close();
  });

  it.each(Object.keys(SPELLINGS))('is not found or is the same operation: %s', async (name) => {
    // No operation has this parameter, so each rejects it and does nothing.
    for (const { verb, path } of operations) {
      const canonical = await asker.send({ verb, path: `${path}?no_such_parameter=1` });
      expect(`${verb} ${path} ${canonical.status}`).toBe(`${verb} ${path} 400`);
      const spelt = SPELLINGS[name](path);
      const [before, fragment] = spelt.split('#', 2);
      const asked = `${before}?no_such_parameter=1${fragment === undefined ? '' : `#${fragment}`}`;
      const answer = await asker.send({ verb, path: asked });
      if (answer.status !== 404 && answer.status !== 405) {
        // A path parameter may match the variant. It is then a valid path, and its operation rejects the parameter too.
        expect(`${verb} ${asked} ${answer.status}`).toBe(`${verb} ${asked} 400`);
        // Node.js itself answers an invalid request target, without a body.
        if (verb !== 'HEAD') expect(answer.text).toMatch(/^$|no_such_parameter|Failed to decode/);
      }
    }
  });
});

describe('the limits of POST /v1/polls', () => {
  it('apply to the absolute form of the URL too, the only variant that is accepted', async () => {
    const open = await startStorewatch({ MAX_BATCHES_AT_ONCE: '1' });
    const { host, hostname, port } = new URL(open.http);
    const slow = connect(Number(port), hostname).on('error', () => {});
    slow.write(`POST http://${host}/v1/polls HTTP/1.1\r\nHost: ${host}\r\nContent-Type: application/json\r\n`);
    slow.write('Expect: 100-continue\r\nContent-Length: 1000\r\n\r\n');
    const [begun] = (await once(slow, 'data')) as [Buffer];
    expect(begun.toString()).toMatch(/^HTTP\/1\.1 100 /);

    expect((await sendJson(open, 'POST', '/v1/polls', { polls: [] })).status).toBe(429);
    for (const path of ['/v1/polls/', '/V1/polls', '/v1//polls', '/%761/polls']) {
      expect([path, (await sendJson(open, 'POST', path, { polls: [] })).status]).toEqual([path, 404]);
    }
    slow.destroy();
    await open.close();
  });
});

describe('an unknown path', () => {
  it.each(['/v1/polls/', '/V1/polls', '/v1/imports/store_status/'])(
    'is answered before its body is read and does not count towards a limit: %s',
    async (path) => {
      const open = await startStorewatch({ MAX_BATCHES_AT_ONCE: '1', MAX_IMPORTS_AT_ONCE: '1' });
      const { host, hostname, port } = new URL(open.http);
      const slow = connect(Number(port), hostname).on('error', () => {});
      slow.write(
        `POST ${path} HTTP/1.1\r\nHost: ${host}\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{`,
      );
      const [answer] = (await once(slow, 'data')) as [Buffer];
      expect(answer.toString()).toMatch(/^HTTP\/1\.1 404 [^]*"code":"not_found"/);

      expect((await sendJson(open, 'POST', '/v1/polls', { polls: [] })).status).toBe(200);
      slow.destroy();
      await open.close();
    },
  );
});

describe('the metrics', () => {
  it('count a request under its route, and unknown paths as "other"', async () => {
    const open = await startStorewatch();
    const asker = new HttpClient(open.http);
    for (const path of ['/v1/stores', '/v1/stores/', '/V1/stores', '/v1//stores', '/%761/stores']) {
      await asker.send({ verb: 'GET', path });
    }

    const { text } = await send(open, '/metrics');

    const counted = [...text.matchAll(/^storewatch_http_request_duration_seconds_count\{(.*?)\} (\d+)$/gm)];
    expect(counted.map(([, labels, count]) => `${labels} ${count}`).sort()).toEqual([
      'method="GET",route="/v1/stores",status="200" 1',
      'method="GET",route="other",status="404" 4',
    ]);
    asker.close();
    await open.close();
  });
});

describe('a variant of a gRPC method', () => {
  it('is not implemented', async () => {
    const frames = new GrpcFrames(server.grpcAddress);
    const path = '/storewatch.v1.ReportsService/TriggerReport';
    const spellings = ['lower', 'slash', 'double', 'encoded', 'query', 'health', 'first'] as const;
    const of = {
      lower: path.toLowerCase(),
      slash: `${path}/`,
      double: `/${path}`,
      encoded: path.replace('R', '%52'),
      query: `${path}?x`,
      health: `/grpc.health.v1.Health/..${path}`,
      first: path.replace('Trigger', 'trigger'),
    };
    for (const name of spellings) {
      const call = { path: of[name], headers: { 'content-type': 'application/grpc' }, isAborted: false };
      const answer = await frames.call({ ...call, chunks: [framed(Buffer.alloc(0), 0, 0)] });
      expect([name, answer.code]).toEqual([name, status.UNIMPLEMENTED]);
    }
    frames.close();
  });
});

describe('an unsupported method', () => {
  it('is answered with 405 only on the exact path', async () => {
    const open = await startStorewatch();
    expect((await sendJson(open, 'PUT', '/v1/polls', {})).status).toBe(405);
    expect((await sendJson(open, 'PUT', '/v1/polls/', {})).status).toBe(404);
    expect((await sendJson(open, 'PUT', '/v1/Polls', {})).status).toBe(404);
    await open.close();
  });
});
