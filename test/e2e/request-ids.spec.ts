import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { Client, type Metadata, Metadata as GrpcMetadata, credentials, status } from '@grpc/grpc-js';
import { UUID, problemOf, send } from './rest.js';
import { type Storewatch, grpcMethods, startStorewatch } from './server.js';

const TRACE_ID = '4bf92f3577b34da6a3ce929d0e0e4736';
const TRACEPARENT = `00-${TRACE_ID}-00f067aa0ba902b7-01`;

let server: Storewatch;
let client: Client;

beforeAll(async () => {
  server = await startStorewatch();
  client = new Client(server.grpcAddress, credentials.createInsecure());
});
afterAll(async () => {
  client?.close();
  await server?.close();
});

describe('over REST', () => {
  it.each(['/v1/stores', '/livez', '/v1/nothing', '/docs-json', '/v1/stores?page_size=x'])(
    "the client's id is returned: %s",
    async (path) => {
      const { headers } = await send(server, path, { headers: { 'X-Request-Id': 'mine-1' } });
      expect(headers.get('x-request-id')).toBe('mine-1');
    },
  );

  it('every problem document contains it', async () => {
    for (const [path, init] of [
      ['/v1/nothing', {}],
      ['/v1/stores?page_size=x', {}],
      ['/trigger_report', { method: 'POST', body: '{"as_of"', headers: { 'content-type': 'application/json' } }],
    ] as const) {
      const answer = await send(server, path, init);
      const id = answer.headers.get('x-request-id');
      expect(id).toMatch(UUID);
      expect(problemOf(answer)).toMatchObject({ request_id: id });
    }
  });

  it('without one, or with an unsafe one, the id is the trace id', async () => {
    const headers = { traceparent: TRACEPARENT, 'X-Request-Id': 'not safe' };
    expect((await send(server, '/livez', { headers })).headers.get('x-request-id')).toBe(TRACE_ID);
  });
});

describe('over gRPC', () => {
  /** The initial and trailing metadata of a call, and its status code. */
  async function call(name: string, request: object, given: Metadata): Promise<{ ids: unknown[]; code: status }> {
    const { path, requestSerialize, responseDeserialize } = grpcMethods.get(`/storewatch.v1.${name}`)!;
    let code: status = status.OK;
    const ids: unknown[] = [];
    const calling = client.makeUnaryRequest(path, requestSerialize, responseDeserialize, request, given, (error) => {
      code = error?.code ?? status.OK;
    });
    calling.on('metadata', (metadata: Metadata) => ids.push(...metadata.get('x-request-id')));
    const [{ metadata }] = (await once(calling, 'status')) as [{ metadata: Metadata }];
    ids.push(...metadata.get('x-request-id'));
    return { ids, code };
  }
  const given = (entries: Record<string, string>): Metadata => GrpcMetadata.fromHttp2Headers(entries);

  it('the id is returned once, on success and on error', async () => {
    const mine = { 'x-request-id': 'mine-2' };
    expect(await call('TimezonesService/ListTimezones', {}, given(mine))).toEqual({ ids: ['mine-2'], code: status.OK });
    expect(await call('ReportsService/GetReport', { reportId: 'x' }, given(mine))).toEqual({
      ids: ['mine-2'],
      code: status.INVALID_ARGUMENT,
    });
  });

  it('without one the id is the trace id', async () => {
    const { ids } = await call('TimezonesService/ListTimezones', {}, given({ traceparent: TRACEPARENT }));
    expect(ids).toEqual([TRACE_ID]);
  });
});
