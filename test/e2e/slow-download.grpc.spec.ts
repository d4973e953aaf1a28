import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, credentials } from '@grpc/grpc-js';
import { Database } from '../../src/platform/database/database.js';
import { ReportStatus } from '../../src/generated/storewatch/v1/reports_service.js';
import { Storage } from '../../src/platform/storage/storage.js';
import { type Storewatch, grpcMethods, startStorewatch } from './server.js';

const PIECE_BYTES = 64 * 1024;
const PIECES = 1_000;

let server: Storewatch;
let client: Client;

beforeAll(async () => {
  server = await startStorewatch();
  client = new Client(server.grpcAddress, credentials.createInsecure(), { 'grpc.use_local_subchannel_pool': 1 });
});
afterAll(async () => {
  client?.close();
  await server?.close();
});

/** How many chunks of each file were read from the storage, which holds only one large file. */
function countReads(): number[] {
  const reads: number[] = [];
  function* pieces(): Generator<Buffer> {
    const file = reads.push(0) - 1;
    for (let i = 0; i < PIECES; i++) {
      reads[file]++;
      yield Buffer.alloc(PIECE_BYTES);
    }
  }
  server.app.get(Storage).get = async () => Readable.from(pieces());
  return reads;
}

it("a client that does not read a file pauses the server's reading from the storage", async () => {
  let { report } = await server.grpc.triggerReport({
    asOf: { seconds: Date.parse('2026-01-12T17:00:00Z') / 1000, nanos: 0 },
  });
  for (; report!.status !== ReportStatus.REPORT_STATUS_COMPLETE; await sleep(20)) {
    ({ report } = await server.grpc.getReport({ reportId: report!.reportId }));
  }
  const request = { reportId: report!.reportId };
  const size = 'update report set size_bytes = $2 where id = $1';
  await server.app.get(Database).pool.query(size, [report!.reportId, PIECES * PIECE_BYTES]);
  const reads = countReads();
  const { path, requestSerialize, responseDeserialize } = grpcMethods.get(
    '/storewatch.v1.ReportsService/DownloadReport',
  )!;
  const slow = client.makeServerStreamRequest(path, requestSerialize, responseDeserialize, request);
  slow.on('error', () => {});
  slow.read(0); // grpc-js buffers everything until the first message is requested.
  while (reads.length === 0) await sleep(5);

  // A client that reads everything shows how far the other could have come.
  await server.connect().downloadReport(request);

  expect(reads[1]).toBe(PIECES);
  expect(reads[0]).toBeLessThan(PIECES / 10);
  slow.cancel();
});
