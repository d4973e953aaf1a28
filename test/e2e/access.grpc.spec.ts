import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  Client,
  type ClientReadableStream,
  Metadata,
  type MethodDefinition,
  type ServiceError,
  credentials,
  status,
} from '@grpc/grpc-js';
import { GrpcAccess } from '../../src/edge/grpc/grpc-access.js';
import type { Scope } from '../../src/edge/access/scope.js';
import { WRONG_KEY, idOf, newKey } from './access.js';
import { type Storewatch, grpcMethods, startStorewatch } from './server.js';

/** The scope that each method needs. Add every new method here, or the tests fail. */
const SCOPE_OF: Record<string, Scope> = {
  'IngestionService/IngestPolls': 'ingest',
  'ReportsService/TriggerReport': 'read',
  'ReportsService/GetReport': 'read',
  'ReportsService/DownloadReport': 'read',
  'ReportsService/ListReports': 'read',
  'ReportsService/WatchReport': 'read',
  'ReportsService/DeleteReport': 'admin',
  'FleetService/GetFleetSummary': 'read',
  'FleetService/GetFleetHeatmap': 'read',
  'FleetService/WatchFleet': 'read',
  'TimelinesService/GetStoreTimeline': 'read',
  'TimelinesService/ListOutages': 'read',
  'TimelinesService/ListRecentOutages': 'read',
  'TimezonesService/ListStores': 'read',
  'TimezonesService/GetStoreCalendar': 'read',
  'TimezonesService/ListTimezones': 'read',
  'TimezonesService/SetTimezone': 'admin',
  'TimezonesService/SetBusinessHours': 'admin',
  'TimezonesService/RemoveTimezone': 'admin',
  'TimezonesService/SetSpecialHours': 'admin',
  'TimezonesService/RemoveSpecialHours': 'admin',
  'TimezonesService/SetStoreLife': 'admin',
  'TimezonesService/UpdateStores': 'admin',
  'KeysService/CreateKey': 'admin',
  'KeysService/ListKeys': 'admin',
  'KeysService/RotateKey': 'admin',
  'KeysService/RevokeKey': 'admin',
  'SchedulesService/ListSchedules': 'read',
  'SchedulesService/GetSchedule': 'read',
  'SchedulesService/ListScheduleRuns': 'read',
  'SchedulesService/GetScheduleRun': 'read',
  'SchedulesService/CreateSchedule': 'admin',
  'SchedulesService/UpdateSchedule': 'admin',
  'SchedulesService/RemoveSchedule': 'admin',
  'SchedulesService/RunScheduleAgain': 'admin',
};
const pathOf = (name: string): string => `/storewatch.v1.${name}`;

let server: Storewatch;
let client: Client;

beforeAll(async () => {
  server = await startStorewatch({ API_KEYS: 'on' });
  client = new Client(server.grpcAddress, credentials.createInsecure());
});
afterAll(async () => {
  client?.close();
  await server?.close();
});

const withKey = (key: string): Metadata => {
  const metadata = new Metadata();
  metadata.set('authorization', `Bearer ${key}`);
  return metadata;
};

/** Calls a method of any kind with an empty request. @returns its status */
function outcome(path: string, metadata = new Metadata()): Promise<{ code: status; details: string }> {
  const { requestStream, responseStream, requestSerialize, responseDeserialize } = grpcMethods.get(
    path,
  ) as MethodDefinition<object, object>;
  return new Promise((resolve) => {
    const done = (error: ServiceError | null): void => resolve(error ?? { code: status.OK, details: '' });
    const ways = [path, requestSerialize, responseDeserialize] as const;
    const watch = (call: ClientReadableStream<object>): void => {
      call.on('error', done);
      call.on('end', () => done(null));
      // The response is enough: some streams have no end.
      call.on('data', () => (done(null), call.cancel()));
    };
    if (requestStream && responseStream) {
      const call = client.makeBidiStreamRequest(...ways, metadata);
      watch(call);
      call.end({});
    } else if (requestStream) client.makeClientStreamRequest(...ways, metadata, done).end({});
    else if (responseStream) watch(client.makeServerStreamRequest(...ways, {}, metadata));
    else client.makeUnaryRequest(...ways, {}, metadata, done);
  });
}

describe('over gRPC', () => {
  it('requires the documented scope for every method', () => {
    const paths = Object.keys(SCOPE_OF).map(pathOf);
    expect([...grpcMethods.keys()].sort()).toEqual(paths.sort());
    expect(Object.fromEntries(server.app.get(GrpcAccess).declared())).toEqual(
      Object.fromEntries(Object.entries(SCOPE_OF).map(([name, scope]) => [pathOf(name), scope])),
    );
  });

  it('rejects every method without a key', async () => {
    for (const path of grpcMethods.keys()) {
      const { code } = await outcome(path);
      expect([path, status[code]]).toEqual([path, 'UNAUTHENTICATED']);
    }
  });

  it('rejects an unknown key', async () => {
    expect(await outcome(pathOf('TimezonesService/ListTimezones'), withKey(WRONG_KEY))).toMatchObject({
      code: status.UNAUTHENTICATED,
      details: 'The API key is unknown, revoked or expired.',
    });
  });

  it('allows only what the scope of the key covers', async () => {
    const keys = { ingest: await newKey(server, ['ingest']), read: await newKey(server, ['read']) };
    for (const [name, needed] of Object.entries(SCOPE_OF)) {
      for (const [scope, key] of Object.entries(keys)) {
        const { code, details } = await outcome(pathOf(name), withKey(key));
        expect(code).not.toBe(status.UNAUTHENTICATED);
        expect([name, scope, code === status.PERMISSION_DENIED]).toEqual([name, scope, needed !== scope]);
        if (code === status.PERMISSION_DENIED) {
          expect(details).toBe(`The request needs an API key with the scope ${needed}; key ${idOf(key)} has ${scope}.`);
        }
      }
    }
  });

  it('allows everything with a key that has all scopes', async () => {
    const key = await newKey(server, ['admin']);
    for (const path of grpcMethods.keys()) {
      const { code } = await outcome(path, withKey(key));
      expect([status.UNAUTHENTICATED, status.PERMISSION_DENIED]).not.toContain(code);
    }
  });

  it('does not write the polls of a rejected stream', async () => {
    const poll = { storeId: 'a', status: 1, polledAt: { seconds: 1_760_000_000, nanos: 0 } };
    await expect(server.grpc.ingestPolls([[poll], [poll]])).rejects.toMatchObject({ code: status.UNAUTHENTICATED });
    expect((await server.pool.query('select from store')).rowCount).toBe(0);
  });

  it('serves server reflection without a key', async () => {
    const [answer] = await server.grpc.reflect([{ listServices: '*' }]);
    expect(answer?.listServicesResponse?.service.map(({ name }) => name)).toContain('storewatch.v1.ReportsService');
  });
});
