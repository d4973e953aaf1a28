import { afterEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { Client, type ClientReadableStream, type MethodDefinition, credentials, status } from '@grpc/grpc-js';
import { service } from 'grpc-health-check';
import type { PoolClient } from 'pg';
import { Readiness } from '../../src/app/observability/readiness.js';
import { Roles } from '../../src/platform/config/roles.js';
import { failed, failure } from './grpc.js';
import { type Storewatch, startStorewatch } from './server.js';

interface Health {
  status: string;
}
const methods = service as unknown as Record<'Check' | 'List' | 'Watch', MethodDefinition<object, object>>;
const SERVICES = [
  'FleetService',
  'IngestionService',
  'KeysService',
  'ReportsService',
  'SchedulesService',
  'TimelinesService',
  'TimezonesService',
].map((name) => `storewatch.v1.${name}`);

let server: Storewatch;
let client: Client;

async function start(environment: Record<string, string> = {}): Promise<void> {
  server = await startStorewatch(environment, { roles: Roles.parse('api') });
  client = new Client(server.grpcAddress, credentials.createInsecure(), { 'grpc.use_local_subchannel_pool': 1 });
}
afterEach(async () => {
  client.close();
  await server.close();
});

const unary = <Response>({ path, requestSerialize, responseDeserialize }: MethodDefinition<object, object>, to = {}) =>
  new Promise<Response>((resolve, reject) => {
    client.makeUnaryRequest(path, requestSerialize, responseDeserialize, to, (error, response) => {
      if (error) reject(error);
      else resolve(response as Response);
    });
  });
const check = async (name: string): Promise<string> => (await unary<Health>(methods.Check, { service: name })).status;

interface Watched {
  readonly call: ClientReadableStream<object>;
  /** The next status, or the error that ends the stream. */
  readonly next: () => Promise<unknown>;
}
function watch(name: string): Watched {
  const { path, requestSerialize, responseDeserialize } = methods.Watch;
  const call = client.makeServerStreamRequest(path, requestSerialize, responseDeserialize, { service: name });
  const statuses = call[Symbol.asyncIterator]() as AsyncIterator<Health, undefined>;
  return {
    call,
    next: () =>
      statuses.next().then(
        ({ value }) => value?.status,
        (error: unknown) => error,
      ),
  };
}

describe('grpc.health.v1', () => {
  it('reports the process and each of its services as serving, without a key', async () => {
    await start({ API_KEYS: 'on' });

    for (const name of ['', ...SERVICES]) expect([name, await check(name)]).toEqual([name, 'SERVING']);
    const { statuses } = await unary<{ statuses: Record<string, Health> }>(methods.List);
    expect(statuses).toEqual(Object.fromEntries(['', ...SERVICES].map((name) => [name, { status: 'SERVING' }])));
  });

  it('answers NOT_FOUND to Check and SERVICE_UNKNOWN to Watch for other names', async () => {
    await start();

    expect(await failure(check('storewatch.v2.ReportsService'))).toEqual(
      failed(status.NOT_FOUND, 'service must be a service of this server, got "storewatch.v2.ReportsService"'),
    );
    const { call, next } = watch('storewatch.v2.ReportsService');
    expect(await next()).toBe('SERVICE_UNKNOWN');
    call.cancel();
    expect(await next()).toEqual(failed(status.CANCELLED, ''));
  });

  it('is not counted as a request', async () => {
    await start({ MAX_REQUESTS_PER_SECOND: '1' });
    const all = await Promise.all(Array.from({ length: 50 }, () => check('')));
    expect(new Set(all)).toEqual(new Set(['SERVING']));
  });

  it('follows the database down and up again', async () => {
    await start({ DATABASE_POOL_SIZE: '5' });
    const watched = watch('storewatch.v1.ReportsService');
    expect(await watched.next()).toBe('SERVING');

    const held: PoolClient[] = [];
    for (let i = 0; i < 5; i++) held.push(await server.pool.connect());
    expect(await watched.next()).toBe('NOT_SERVING');

    for (const connection of held) connection.release();
    expect(await watched.next()).toBe('SERVING');
    expect(await check('')).toBe('SERVING');
    watched.call.cancel();
    await watched.next();
  });

  it('reports NOT_SERVING as soon as the process stops, and its streams do not delay the stop', async () => {
    await start();
    const [known, unknown] = [watch(''), watch('nobody')];
    expect([await known.next(), await unknown.next()]).toEqual(['SERVING', 'SERVICE_UNKNOWN']);

    let told: unknown;
    void known.next().then((now) => (told = now));
    server.app.get(Readiness).stop();
    // long before the next check
    for (let i = 0; i < 20; i++) expect(await check('storewatch.v1.IngestionService')).toBe('NOT_SERVING');
    expect(told).toBe('NOT_SERVING');
    expect((await server.grpc.listTimezones()).timezones).not.toEqual([]);

    await server.app.close();
    for (const { next } of [known, unknown]) {
      expect(await next()).toEqual(failed(status.UNAVAILABLE, 'This process is stopping.'));
    }
  });

  it('limits its streams to MAX_STREAMS, apart from the other streams', async () => {
    await start({ MAX_STREAMS: '2' });
    const [first, second] = [watch(''), watch('')];
    expect([await first.next(), await second.next()]).toEqual(['SERVING', 'SERVING']);

    expect(await watch('').next()).toEqual(
      failed(
        status.RESOURCE_EXHAUSTED,
        /^Too many concurrent streams of health and reflection: the limit is 2 \(MAX_STREAMS\)/,
      ),
    );
    expect(await server.grpc.ingestPolls([[]])).toMatchObject([{ batch: 1, read: 0 }]);

    first.call.cancel();
    await first.next();
    let last: unknown;
    while (last !== 'SERVING') last = await watch('').next();
    second.call.cancel();
    await once(second.call, 'error');
  });
});
