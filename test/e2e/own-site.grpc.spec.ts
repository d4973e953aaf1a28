import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { type IncomingHttpHeaders, connect } from 'node:http2';
import { setTimeout as sleep } from 'node:timers/promises';
import { PollsService } from '../../src/features/polls/polls.service.js';
import { sendLines } from './raw.js';
import { type Storewatch, startStorewatch } from './server.js';

/**
 * Why the gRPC port checks neither host nor origin: browsers speak HTTP/2 only over TLS, and a page of another site
 * cannot send the gRPC content type without a preflight.
 */

const PATH = '/storewatch.v1.ReportsService/TriggerReport';
/** An empty message. */
const MESSAGE = Buffer.alloc(5);

let server: Storewatch;

beforeAll(async () => {
  server = await startStorewatch();
  // Without a poll there is nothing to report.
  await server.app
    .get(PollsService)
    .ingest([{ storeId: 'a', active: true, polledAtMs: Date.parse('2026-01-12T12:00Z') }]);
});
afterAll(() => server?.close());

async function overHttp2(headers: Record<string, string>): Promise<IncomingHttpHeaders> {
  const session = connect(`http://${server.grpcAddress}`);
  try {
    const stream = session.request({ ':path': PATH, ':method': 'POST', ...headers });
    stream.end(MESSAGE);
    const [answer] = (await once(stream, 'response')) as [IncomingHttpHeaders];
    stream.resume();
    return answer;
  } finally {
    session.destroy();
  }
}

const reports = async (): Promise<number> => (await server.pool.query('select 1 from report')).rows.length;

describe('the gRPC port', () => {
  it('does not answer HTTP/1.1, the only protocol that browsers speak without TLS', async () => {
    for (const type of ['text/plain', 'application/grpc']) {
      const lines = [
        `POST ${PATH} HTTP/1.1`,
        `Host: ${server.grpcAddress}`,
        `Content-Type: ${type}`,
        'Content-Length: 5',
      ];
      const { status, body } = await sendLines(`http://${server.grpcAddress}`, lines, MESSAGE.toString('latin1'));
      expect([status, body]).not.toContain(200);
    }
    expect(await reports()).toBe(0);
  });

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x'])(
    'rejects a content type that any page can send: %s',
    async (type) => {
      expect((await overHttp2({ 'content-type': type, te: 'trailers' }))[':status']).toBe(415);
      expect(await reports()).toBe(0);
    },
  );

  it('does not allow a page of another site to send other types', async () => {
    const answer = await overHttp2({
      ':method': 'OPTIONS',
      origin: 'https://evil.test',
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'content-type',
    });
    expect(answer[':status']).toBe(415);
    expect(Object.keys(answer).join()).not.toMatch(/access-control/);
  });

  it('answers gRPC', async () => {
    expect((await overHttp2({ 'content-type': 'application/grpc', te: 'trailers' }))[':status']).toBe(200);
    while ((await reports()) === 0) await sleep(10);
  });
});
