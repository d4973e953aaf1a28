/**
 * A client of Storewatch over gRPC: sends a day of polls, makes a report and downloads it.
 *
 *     npm install @grpc/grpc-js @grpc/proto-loader
 *     STOREWATCH_API_KEY=sw_... node examples/typescript/client.ts 127.0.0.1:50051 report.csv
 *
 * It needs the folder proto/ and Node 24, which runs TypeScript. STOREWATCH_CA_FILE: the authority of the server's
 * certificate, PEM; without it the connection is not encrypted.
 */
import { createHash, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import * as grpc from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';

const path = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));

const definition = loadSync(['storewatch/v1/ingestion_service.proto', 'storewatch/v1/reports_service.proto'], {
  includeDirs: [path('../../proto')],
  longs: Number,
  enums: String,
  defaults: true,
});
const { storewatch } = grpc.loadPackageDefinition(definition) as unknown as {
  storewatch: { v1: { IngestionService: New<IngestionClient>; ReportsService: New<ReportsClient> } };
};

/** Of the messages, what is used here. `npx proto-loader-gen-types` writes the types of all of them. */
interface Poll {
  storeId: string;
  status: 'STORE_STATUS_ACTIVE' | 'STORE_STATUS_INACTIVE';
  polledAt: { seconds: number };
}
interface Acknowledgement {
  accepted: number;
  duplicate: number;
  rejected: number;
}
interface Report {
  reportId: string;
  status: 'REPORT_STATUS_RUNNING' | 'REPORT_STATUS_COMPLETE' | 'REPORT_STATUS_FAILED' | 'REPORT_STATUS_CANCELLED';
  message: string;
  progress: { storesDone: number; storesTotal: number };
}
interface Piece {
  data: Buffer;
  /** Only in the last message: what the whole file is. */
  summary: { sizeBytes: number; sha256: string } | null;
}
type New<Client> = new (address: string, credentials: grpc.ChannelCredentials, options: grpc.ClientOptions) => Client;
type Unary<Request, Response> = (request: Request, done: grpc.requestCallback<Response>) => grpc.ClientUnaryCall;
interface IngestionClient extends grpc.Client {
  ingestPolls(): grpc.ClientDuplexStream<{ polls: Poll[] }, Acknowledgement>;
}
interface ReportsClient extends grpc.Client {
  triggerReport: Unary<{ requestId: string }, { report: Report }>;
  watchReport(request: { reportId: string }): grpc.ClientReadableStream<{ report: Report }>;
  downloadReport(request: { reportId: string; offset: number }): grpc.ClientReadableStream<Piece>;
}

const { STOREWATCH_API_KEY: apiKey, STOREWATCH_CA_FILE: caFile } = process.env;

const credentials =
  caFile === undefined ? grpc.credentials.createInsecure() : grpc.credentials.createSsl(readFileSync(caFile));

/** The key goes with every call. */
const withKey: grpc.Interceptor = (options, next) =>
  new grpc.InterceptingCall(next(options), {
    start(metadata, listener, goOn) {
      if (apiKey !== undefined) metadata.set('authorization', `Bearer ${apiKey}`);
      goOn(metadata, listener);
    },
  });

const options: grpc.ClientOptions = {
  interceptors: [withKey],
  // which calls are repeated, and how
  'grpc.service_config': readFileSync(path('../service-config.json'), 'utf8'),
  // notice within 30 s that the other side is gone
  'grpc.keepalive_time_ms': 20_000,
  'grpc.keepalive_timeout_ms': 10_000,
  // a server that comes back is found within 5 s
  'grpc.max_reconnect_backoff_ms': 5_000,
};

const call = <Request, Response>(client: grpc.Client, method: Unary<Request, Response>, request: Request) =>
  new Promise<Response>((resolve, reject) => {
    method.call(client, request, (error, response) => {
      if (error) reject(error);
      else resolve(response!);
    });
  });

/** Goes on after breaks of the kind that pass (the server restarts, or is busy), up to 20 without progress. */
async function throughBreaks(work: (progressed: () => void) => Promise<void>): Promise<void> {
  const PASSING = [grpc.status.UNAVAILABLE, grpc.status.RESOURCE_EXHAUSTED, grpc.status.DEADLINE_EXCEEDED];
  for (let failures = 0; ;) {
    try {
      return await work(() => (failures = 0));
    } catch (error) {
      const { code, details, metadata } = error as grpc.ServiceError;
      if (!PASSING.includes(code) || ++failures === 20) throw error;
      console.log(`${grpc.status[code]}: ${details}`);
      const [retryAfter] = metadata.get('retry-after'); // seconds, from the server
      await sleep(retryAfter === undefined ? 1_000 : Number(retryAfter) * 1_000);
    }
  }
}

/** Sends batches in order. After a break it goes on with the first one that has no acknowledgement. */
async function ingest(client: IngestionClient, batches: Poll[][], pauseMs: number): Promise<void> {
  let acknowledged = 0;
  await throughBreaks(async (progressed) => {
    const stream = client.ingestPolls();
    void send(stream, batches.slice(acknowledged), pauseMs);
    for await (const { accepted, duplicate, rejected } of stream as AsyncIterable<Acknowledgement>) {
      acknowledged++;
      progressed();
      console.log(`batch ${acknowledged}: ${accepted} accepted, ${duplicate} known, ${rejected} rejected`);
    }
  });
}

/** Writes while there is room, so that a slow server costs no memory here. */
async function send(
  stream: grpc.ClientDuplexStream<{ polls: Poll[] }, Acknowledgement>,
  batches: Poll[][],
  pauseMs: number,
): Promise<void> {
  for (const polls of batches) {
    await new Promise((written) => stream.write({ polls }, written));
    await sleep(pauseMs);
    if (stream.destroyed) return;
  }
  stream.end();
}

/** Watches the report until it is there. Repeated with the same requestId, TriggerReport gives the same report. */
async function makeReport(client: ReportsClient): Promise<string> {
  let { report } = await call(client, client.triggerReport, { requestId: randomUUID() });
  const { reportId } = report;
  await throughBreaks(async () => {
    for await (const state of client.watchReport({ reportId }) as AsyncIterable<{ report: Report }>) {
      report = state.report;
      console.log(`${report.status}: ${report.progress.storesDone} of ${report.progress.storesTotal} stores`);
    }
  });
  if (report.status !== 'REPORT_STATUS_COMPLETE') throw new Error(`There is no report: ${report.message}`);
  return reportId;
}

/** After a break it goes on behind the bytes that are there. The last message says what the whole file is. */
async function download(client: ReportsClient, reportId: string, file: string): Promise<void> {
  const [out, hash] = [await open(file, 'w'), createHash('sha256')];
  let [offset, sha256] = [0, ''];
  try {
    await throughBreaks(async (progressed) => {
      for await (const { data, summary } of client.downloadReport({ reportId, offset }) as AsyncIterable<Piece>) {
        await out.write(data);
        hash.update(data);
        offset += data.length;
        if (summary) ({ sha256 } = summary);
        progressed();
      }
    });
  } finally {
    await out.close();
  }
  if (hash.digest('hex') !== sha256) throw new Error(`${file} is not what the server has: its SHA-256 is ${sha256}.`);
}

/** A poll a minute of yesterday, an hour a batch. */
function yesterday(storeId: string): Poll[][] {
  const day = Math.floor(Date.now() / 86_400_000) - 1;
  return Array.from({ length: 24 }, (_, hour) =>
    Array.from({ length: 60 }, (__, minute) => ({
      storeId,
      status: 'STORE_STATUS_ACTIVE' as const,
      polledAt: { seconds: day * 86_400 + hour * 3_600 + minute * 60 },
    })),
  );
}

const { values, positionals } = parseArgs({
  options: { store: { type: 'string', default: 'typescript-store' }, pause: { type: 'string', default: '0' } },
  allowPositionals: true,
});
const [address = '127.0.0.1:50051', file = 'report.csv'] = positionals;

const ingestion = new storewatch.v1.IngestionService(address, credentials, options);
const reports = new storewatch.v1.ReportsService(address, credentials, options);
await ingest(ingestion, yesterday(values.store), Number(values.pause) * 1_000);
const reportId = await makeReport(reports);
await download(reports, reportId, file);
console.log(`Report ${reportId} is in ${file}.`);
ingestion.close();
reports.close();
