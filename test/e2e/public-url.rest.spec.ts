import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Receiver, startReceiver } from '../program/receiver.js';
import { type SubPathProxy, startSubPathProxy } from '../setup/sub-path-proxy.js';
import { sendLines } from './raw.js';
import type { ReportBody } from './rest.js';
import { type Storewatch, startStorewatch } from './server.js';

/** Storewatch behind a proxy that serves it below a path and strips that path. */

const AS_OF = '{"as_of": "2026-01-12T17:00:00Z"}';

let proxy: SubPathProxy;
let server: Storewatch;
let receiver: Receiver;

beforeAll(async () => {
  [proxy, receiver] = [await startSubPathProxy('/storewatch/'), await startReceiver()];
  server = await startStorewatch({
    PUBLIC_URL: proxy.url,
    WEBHOOK_SECRET: `whsec_${Buffer.alloc(32, 9).toString('base64')}`,
    WEBHOOK_ALLOW_PRIVATE: '127.0.0.1/32',
    WEBHOOK_ALLOW_HTTP: 'on',
  });
  proxy.target = server.http;
});
afterAll(async () => {
  await server?.close();
  await receiver?.close();
  proxy?.close();
});

const post = (path: string, body: string, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(new URL(path, proxy.url), {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...headers },
    body,
  });

/** The files that a page links to, resolved as a browser resolves them. */
async function filesOf(page: string): Promise<string[]> {
  const answer = await fetch(page);
  expect(answer.status).toBe(200);
  const found = [...(await answer.text()).matchAll(/(?:src|href)="([^"#]+)"/g)].map(([, file]) => file);
  return found.map((file) => new URL(file, answer.url).href);
}

describe('below a path', () => {
  it.each([
    ['v1/reports', AS_OF],
    ['v1/schedules', '{"name": "below", "cron": "0 5 * * *", "timezone": "UTC"}'],
  ])('Location of POST %s leads to the new resource', async (path, body) => {
    const answer = await post(path, body);
    const location = answer.headers.get('location')!;
    expect(location).toContain(`${proxy.url}${path}/`);
    expect((await fetch(location)).status).toBe(200);
  });

  it('forwarding headers sent by a client are ignored', async () => {
    const headers = { 'X-Forwarded-Host': 'evil.test', 'X-Forwarded-Proto': 'https', 'X-Forwarded-Prefix': '/evil' };
    const answer = await post('v1/reports', AS_OF, { ...headers, Forwarded: 'host=evil.test;proto=https' });
    expect(answer.headers.get('location')).toContain(`${proxy.url}v1/reports/`);
    expect(
      (await sendLines(server.http, ['GET /v1/stores HTTP/1.1', 'Host: evil.test', 'X-Forwarded-Host: localhost']))
        .status,
    ).toBe(403);
  });

  it('the OpenAPI document names the public URL', async () => {
    const { servers } = (await (await fetch(`${proxy.url}docs-json`)).json()) as { servers: { url: string }[] };
    const [first, second, ...others] = servers.map(({ url }) => url);
    expect(`${first}/`).toBe(proxy.url);
    expect(new URL(second, `${proxy.url}docs-json`).href).toBe(proxy.url);
    expect(others).toEqual([]);
  });

  it.each(['', 'docs', 'docs/'])('the page at "%s" finds its files', async (page) => {
    const files = await filesOf(new URL(page, proxy.url).href);
    expect(files.length).toBeGreaterThanOrEqual(3);
    for (const file of files) expect([file, (await fetch(file)).status]).toEqual([file, 200]);
  });

  it('events are streamed, and webhooks contain the public URL of the report', async () => {
    const { report_id: id } = (await (
      await post('v1/reports', JSON.stringify({ as_of: '2026-01-12T17:00:00Z', webhook: { url: receiver.url } }))
    ).json()) as ReportBody;
    expect(await (await fetch(`${proxy.url}v1/reports/${id}/events`)).text()).toMatch(/event: ?complete/);
    while (receiver.received.length === 0) await sleep(20);
    const { data } = JSON.parse(receiver.received[0].body) as { data: { report_url: string } };
    expect(data.report_url).toBe(`${proxy.url}v1/reports/${id}`);
    expect(await (await fetch(data.report_url)).json()).toMatchObject({ report_id: id, status: 'Complete' });
  });
});
