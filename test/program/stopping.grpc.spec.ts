// A separate process: signals and the end of a process are tested.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, type ClientDuplexStream, credentials, status } from '@grpc/grpc-js';
import type { IngestPollsResponse } from '../../src/generated/storewatch/v1/ingestion_service.js';
import { failed } from '../e2e/grpc.js';
import { grpcMethods } from '../e2e/server.js';
import { createTestDatabase } from '../setup/test-database.js';
import { type Started, checkBuilt, startCommand } from './command.js';

let testDatabase: Awaited<ReturnType<typeof createTestDatabase>>;
let home: string;
let server: Started;
let client: Client;

beforeAll(async () => {
  await checkBuilt();
  testDatabase = await createTestDatabase();
  home = await mkdtemp(join(tmpdir(), 'storewatch-stopping-'));
  const settings = { DATABASE_URL: testDatabase.url, STOREWATCH_HOME: home, HTTP_PORT: '0', GRPC_PORT: '0' };
  server = startCommand({ env: { ...process.env, ...settings }, cwd: home }, 'serve');
  const [, address] = /gRPC +(\S+)/.exec(await server.said(/Stop it with/))!;
  client = new Client(address, credentials.createInsecure());
});
afterAll(async () => {
  client?.close();
  server?.child.kill('SIGKILL');
  await testDatabase?.drop();
  await rm(home, { recursive: true, force: true });
});

it("on shutdown, a stream ends with a status that gives the reason and differs from the client's own cancellation", async () => {
  const { path, requestSerialize, responseDeserialize } = grpcMethods.get(
    '/storewatch.v1.IngestionService/IngestPolls',
  )!;
  const call = client.makeBidiStreamRequest(path, requestSerialize, responseDeserialize);
  const responses = (call as ClientDuplexStream<object, IngestPollsResponse>)[Symbol.asyncIterator]();
  call.write({ polls: [] });
  expect(await responses.next()).toMatchObject({ value: { batch: 1 } });

  server.child.kill('SIGTERM');

  const end = await responses.next().catch((error: unknown) => error);
  expect(end).toEqual(failed(status.UNAVAILABLE, /^This process is stopping\.$/));
  expect(await server.ended).toMatchObject({ code: 0 });
});
