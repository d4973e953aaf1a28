import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { status as grpcStatus } from '@grpc/grpc-js';
import { type Receiver, startReceiver } from '../program/receiver.js';
import { failed } from './grpc.js';
import { type Answer, type ReportBody, problemOf, send } from './rest.js';
import { type Storewatch, startStorewatch } from './server.js';

const SECRET = `whsec_${Buffer.alloc(32, 9).toString('base64')}`;

let server: Storewatch;
let mute: Storewatch;
let receiver: Receiver;

beforeAll(async () => {
  receiver = await startReceiver();
  const allowed = { WEBHOOK_SECRET: SECRET, WEBHOOK_ALLOW_PRIVATE: '127.0.0.1/32', WEBHOOK_ALLOW_HTTP: 'on' };
  server = await startStorewatch(allowed);
  mute = await startStorewatch();
});
afterAll(async () => {
  await server?.close();
  await mute?.close();
  await receiver?.close();
});

const create = (to: Storewatch, webhook: unknown): Promise<Answer> =>
  send(to, '/v1/reports', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ webhook, as_of: '2026-01-12T17:00:00Z' }),
  });

describe('POST /v1/reports with a webhook', () => {
  it('calls the webhook and shows the delivery in the report', async () => {
    const answer = await create(server, { url: receiver.url });
    expect(answer.status).toBe(202);
    const { report_id: id, webhook } = answer.json() as ReportBody;
    expect(webhook).toMatchObject({ host: `127.0.0.1:${receiver.port}`, state: 'Waiting' });
    let body: ReportBody;
    while ((body = (await send(server, `/v1/reports/${id}`)).json() as ReportBody).webhook!.state === 'Waiting') {
      await sleep(20);
    }
    expect(body.webhook).toMatchObject({ state: 'Delivered', attempts: 1, last_status: 204 });
    expect(JSON.stringify(body)).not.toMatch(/secret/);
    expect(receiver.received.map(({ headers }) => headers['webhook-id'])).toEqual([`report_${id}`]);
    const { report } = await server.grpc.getReport({ reportId: id });
    expect(report!.webhook).toMatchObject({ host: `127.0.0.1:${receiver.port}`, attempts: 1, lastStatus: 204 });
  });

  it.each([
    [{ url: 'ftp://example.com/' }, 'webhook.url', /must begin with https:\/\/ or http:\/\/, got "ftp:\/\/"/],
    [{ url: 'https://user:pass@example.com/' }, 'webhook.url', /must not contain a user or password/],
    [{ url: 'https://169.254.169.254/latest' }, 'webhook.url', /169.254.169.254 is neither public nor/],
    [{ url: 'http://127.0.0.2/' }, 'webhook.url', /127.0.0.2 is neither public nor/],
    [{ url: 'nowhere' }, 'webhook.url', /must be a URL/],
    [{}, 'webhook.url', /must be a URL/],
    [{ url: 'https://example.com/', secret: 'x' }, 'webhook.secret', /there is no field "secret"/],
  ])('rejects %j', async (webhook, field, why) => {
    const problem = problemOf(await create(server, webhook));
    expect(problem).toMatchObject({ status: 400, detail: expect.stringMatching(why) });
    expect(JSON.stringify(problem)).toContain(field);
  });

  it('is rejected without a secret, over gRPC too', async () => {
    expect(problemOf(await create(mute, { url: 'https://example.com/' }))).toMatchObject({
      status: 400,
      detail: expect.stringContaining('set WEBHOOK_SECRET'),
    });
    await expect(mute.grpc.triggerReport({ webhook: { url: 'https://example.com/' } })).rejects.toEqual(
      failed(grpcStatus.INVALID_ARGUMENT, /set WEBHOOK_SECRET/),
    );
  });
});
