import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { networkInterfaces } from 'node:os';
import { Log } from '../../src/platform/logging/log.js';
import { newKey } from './access.js';
import { sendLines } from './raw.js';
import { type Problem, send, sendFile, sendJson } from './rest.js';
import { type Storewatch, startStorewatch } from './server.js';

/** What a web page can make a browser on this machine send while API keys are off (SECURITY.md). */

let server: Storewatch;

beforeAll(async () => {
  server = await startStorewatch({
    ALLOWED_HOSTS: 'storewatch.example,192.168.1.5',
    PUBLIC_URL: 'https://a.example/x/',
  });
});
afterAll(() => server?.close());

/** Sends a GET request with these header lines. */
const get = (lines: readonly string[], target = '/v1/stores', version = '1.1') =>
  sendLines(server.http, [`GET ${target} HTTP/${version}`, ...lines]);

const refused = (answer: { status: number; body: string }): string => {
  expect(answer.status).toBe(403);
  const problem = JSON.parse(answer.body) as Problem;
  expect(problem).toMatchObject({ code: 'permission_denied', title: 'Permission denied', status: 403 });
  return problem.detail;
};

/** An address of this machine that is not loopback. */
const address = Object.values(networkInterfaces())
  .flat()
  .find((found) => found?.family === 'IPv4' && !found.internal)?.address;

describe('the Host header', () => {
  it.each([
    'localhost',
    'localhost:3000',
    'LOCALHOST:1',
    'localhost.:3000',
    '127.0.0.1',
    '127.0.0.1:65535',
    '127.9.9.9:80',
    '[::1]:3000',
    '[0:0:0:0:0:0:0:1]',
    '[::ffff:127.0.0.1]:3000',
    'storewatch.example',
    'StoreWatch.Example:8443',
    '192.168.1.5:3000',
    'a.example',
    'a.example:443',
  ])('can be %s', async (host) => {
    expect((await get([`Host: ${host}`])).status).toBe(200);
  });

  it.each([
    'evil.test',
    'evil.test:3000',
    'localhost.evil.test:3000',
    'evil.localhost',
    '127.0.0.1.nip.io:3000',
    '127.1',
    '0.0.0.0:3000',
    '[::]:3000',
    '192.168.1.6',
    '[::ffff:192.168.1.6]',
    'b.storewatch.example',
    'localhost:65536',
    'localhost:x',
    'localhost,evil.test',
    'evil.test@localhost',
    '::1',
    '',
  ])('cannot be %s', async (host) => {
    const detail = refused(await get([`Host: ${host}`]));
    expect(detail).toBe(
      `Host ${JSON.stringify(host)} is not a host of this server. Without API keys it must be localhost, a loopback address, ` +
        'or the host of PUBLIC_URL; add other hosts to ALLOWED_HOSTS.',
    );
  });

  it('must be sent exactly once', async () => {
    expect((await get([])).status).toBe(400); // Node's own response
    expect(refused(await get([], '/v1/stores', '1.0'))).toContain('The request has no Host header;');
    expect(refused(await get(['Host: localhost', 'Host: evil.test']))).toContain('The request has 2 Host headers;');
    expect(refused(await get(['Host: localhost', 'Host: localhost']))).toContain('The request has 2 Host headers;');
  });

  it.each(['http://evil.test/v1/stores', 'HTTP://evil.test:80/v1/stores', 'http://localhost@evil.test/v1/stores'])(
    'is checked against a target in absolute form as well: %s',
    async (target) => {
      expect(refused(await get(['Host: localhost'], target))).toMatch(/^The host of the request target, ".*evil\.test/);
      expect((await get(['Host: localhost'], 'http://localhost/v1/stores')).status).toBe(200);
    },
  );

  it.each(['/', '/docs', '/docs/swagger-ui.css', '/livez', '/readyz', '/metrics', '/v1/fleet/events', '/nothing'])(
    'is checked for %s',
    async (path) => {
      expect(refused(await get(['Host: evil.test'], path))).toContain('Host "evil.test" is not a host of this server');
    },
  );

  it('can be the address that the client connected to', async () => {
    if (address === undefined) return;
    const open = await startStorewatch({ HTTP_HOST: '0.0.0.0', API_KEYS: 'off' });
    try {
      const { port } = new URL(open.http);
      const ask = (host: string) =>
        sendLines(`http://${address}:${port}`, ['GET /v1/stores HTTP/1.1', `Host: ${host}`]);
      expect((await ask(`${address}:${port}`)).status).toBe(200);
      refused(await ask(`0.0.0.0:${port}`));
      refused(await ask('192.168.1.6'));
    } finally {
      await open.close();
    }
  });
});

describe('a request from a web page', () => {
  const HOST = 'Host: localhost:3000';
  const READS = ['/v1/stores', '/metrics', '/v1/fleet/events', '/v1/reports', '/docs-json', '/icon.svg', '/livez', '/'];

  it.each(READS)('of another site cannot read: %s', async (path) => {
    for (const site of ['cross-site', 'same-site', 'anything', '']) {
      const detail = refused(await get([HOST, `Sec-Fetch-Site: ${site}`], path));
      expect(detail).toContain(
        `Sec-Fetch-Site ${JSON.stringify(site)} shows that a page of another site sent this request.`,
      );
    }
    refused(await get([HOST, 'Sec-Fetch-Site: none', 'Sec-Fetch-Site: cross-site'], path));
    for (const origin of ['http://evil.test', 'http://localhost:3001', 'http://localhost', 'null', 'file://', '']) {
      const detail = refused(await get([HOST, `Origin: ${origin}`], path));
      expect(detail).toContain(`Origin ${JSON.stringify(origin)} is not this server's own.`);
      expect(detail).toContain('set PUBLIC_URL to it');
    }
  });

  const CSV = 'store_id,status,timestamp_utc\nforged,active,2026-01-12 15:14:00 UTC\n';
  it.each([
    ['/v1/imports/store_status', 'text/csv', CSV],
    ['/v1/imports/store_status', 'text/plain', CSV],
    ['/trigger_report', 'application/x-www-form-urlencoded', ''],
    ['/v1/reports', 'text/plain', ''],
    ['/v1/reports', 'application/json', '{"webhook": {"url": "https://evil.test/"}}'],
    [
      '/v1/polls',
      'application/json',
      '{"polls": [{"store_id": "forged", "status": "active", "timestamp_utc": "2026-01-12T15:14:00Z"}]}',
    ],
  ])('of another site cannot change anything: POST %s as %s', async (path, type, body) => {
    const head = [`POST ${path} HTTP/1.1`, HOST, `Content-Type: ${type}`, `Content-Length: ${body.length}`];
    for (const mark of [
      'Sec-Fetch-Site: cross-site',
      'Sec-Fetch-Site: same-site',
      'Origin: http://evil.test',
      'Origin: null',
    ]) {
      refused(await sendLines(server.http, [...head, mark], body));
    }
    refused(
      await sendLines(
        server.http,
        [...head.map((line) => line.replace(HOST, 'Host: evil.test')), 'Origin: http://evil.test'],
        body,
      ),
    );
    const { rows } = await server.pool.query(
      'select (select count(*) from report) + (select count(*) from import) + (select count(*) from store) as count',
    );
    expect(rows).toEqual([{ count: '0' }]);
  });

  it('of the same origin is answered', async () => {
    for (const mark of [
      'Sec-Fetch-Site: same-origin',
      'Sec-Fetch-Site: none',
      'Origin: http://localhost:3000',
      'Origin: HTTPS://LOCALHOST:3000',
    ]) {
      expect((await get([HOST, mark])).status).toBe(200);
    }
    // behind a proxy that does not forward Host
    expect((await get(['Host: 127.0.0.1:3000', 'Origin: https://a.example'])).status).toBe(200);
    // the default port of the scheme
    expect((await get(['Host: storewatch.example:443', 'Origin: https://storewatch.example'])).status).toBe(200);
    refused(await get(['Host: storewatch.example:443', 'Origin: http://storewatch.example']));
  });

  it('can be a link on another site that opens the page, but not its data', async () => {
    const link = [HOST, 'Sec-Fetch-Site: cross-site', 'Sec-Fetch-Mode: navigate', 'Sec-Fetch-Dest: document'];
    for (const path of ['/', '/?from=elsewhere', '/docs', '/docs/', '/docs-json']) {
      expect([path, (await get(link, path)).status]).toEqual([path, 200]);
    }
    for (const path of ['/v1/stores', '/get_report?report_id=x', '/metrics', '//v1/stores', '/docs/../v1/stores']) {
      refused(await get(link, path));
    }
    const [inFrame, form] = [link.with(3, 'Sec-Fetch-Dest: iframe'), link];
    refused(await get(inFrame, '/'));
    refused(await sendLines(server.http, ['POST / HTTP/1.1', ...form, 'Content-Length: 0']));
  });

  it('of another site fails its preflight', async () => {
    const ask = ['OPTIONS /v1/polls HTTP/1.1', HOST, 'Origin: http://evil.test', 'Access-Control-Request-Method: POST'];
    const { body } = await sendLines(server.http, ask);
    refused(await sendLines(server.http, ask));
    expect(body).not.toMatch(/access-control/i);
  });
});

describe('a request from a program', () => {
  it('needs no extra headers: curl -X POST and curl -T', async () => {
    const polls = [{ store_id: 'curl', status: 'active', timestamp_utc: '2026-01-12T15:14:00Z' }];
    expect((await sendJson(server, 'POST', '/v1/polls', { polls })).status).toBe(200);
    expect((await send(server, '/trigger_report', { method: 'POST' })).status).toBe(202);
    const sending = request(`${server.http}/v1/imports/store_timezones`, { method: 'POST' });
    sending.end('store_id,timezone_str\ncurl,Asia/Tokyo\n');
    const [answer] = (await once(sending, 'response')) as [IncomingMessage];
    expect(answer.resume().statusCode).toBe(201);
  });

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x'])(
    'cannot send a file with a form content type: %s',
    async (type) => {
      const answer = await sendFile(server, 'store_timezones', 'store_id,timezone_str\nform,Asia/Tokyo\n', {
        'Content-Type': type,
      });
      expect(answer.status).toBe(415);
      expect((answer.json() as Problem).detail).toContain('send the file itself as text/csv');
      expect((await send(server, '/v1/stores/form')).status).toBe(404);
    },
  );
});

describe('with API keys', () => {
  it('Host and Origin are not checked, because browsers do not send keys on their own', async () => {
    const other = await startStorewatch({ API_KEYS: 'on' });
    try {
      const key = await newKey(other, ['read']);
      const lines = [
        'GET /v1/stores HTTP/1.1',
        'Host: api:3000',
        'Origin: http://evil.test',
        'Sec-Fetch-Site: cross-site',
      ];
      expect((await sendLines(other.http, lines)).status).toBe(401);
      expect((await sendLines(other.http, [...lines, `Authorization: Bearer ${key}`])).status).toBe(200);
    } finally {
      await other.close();
    }
  });
});

describe('a rejected request', () => {
  it('is logged, at most one line a second', async () => {
    const written: string[] = [];
    const stream = { write: (line: string) => void written.push(line) };
    const opening = jest.spyOn(Log, 'open').mockImplementation(async (settings) => new Log(settings, stream));
    const other = await startStorewatch({ LOG_LEVEL: 'warn' });
    try {
      const ask = () => sendLines(other.http, ['GET /v1/stores HTTP/1.1', 'Host: evil.test:3000']);
      for (let i = 0; i < 3; i++) refused(await ask());
      const lines = written
        .map((line) => JSON.parse(line) as { msg: string })
        .filter(({ msg }) => msg.startsWith('Rejected'));
      expect(lines[0].msg).toMatch(
        /^Rejected GET "\/v1\/stores": Host "evil\.test:3000" is not a host of this server\./,
      );
      expect(lines.length).toBeLessThan(3);
    } finally {
      await other.close();
      opening.mockRestore();
    }
  });
});
