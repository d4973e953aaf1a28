/**
 * A gRPC client for Storewatch. It sends a day of polls, makes a report and downloads it.
 *
 *     npm install @grpc/grpc-js @grpc/proto-loader
 *     STOREWATCH_API_KEY=sw_... node examples/typescript/client.ts 127.0.0.1:50051 report.csv
 *
 * It needs the folder proto/ and Node 24, which runs TypeScript. STOREWATCH_CA_FILE is the PEM file of the CA that issued the
 * server's certificate. Without it the connection is not encrypted.
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

/** Only the fields used here. `npx proto-loader-gen-types` generates the types of all messages. */
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
  /** Only in the last message: describes the whole file. */
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

/** Sends the key with every call. */
const withKey: grpc.Interceptor = (options, next) =>
  new grpc.InterceptingCall(next(options), {
    start(metadata, listener, startNext) {
      if (apiKey !== undefined) metadata.set('authorization', `Bearer ${apiKey}`);
      startNext(metadata, listener);
    },
  });

const options: grpc.ClientOptions = {
  interceptors: [withKey],
  // which calls are retried, and how
  'grpc.service_config': readFileSync(path('../service-config.json'), 'utf8'),
  // detect within 30 s that the server is gone
  'grpc.keepalive_time_ms': 20_000,
  'grpc.keepalive_timeout_ms': 10_000,
  // reconnect within 5 s when the server is back
  'grpc.max_reconnect_backoff_ms': 5_000,
};

const call = <Request, Response>(client: grpc.Client, method: Unary<Request, Response>, request: Request) =>
  new Promise<Response>((resolve, reject) => {
    method.call(client, request, (error, response) => {
      if (error) reject(error);
      else resolve(response!);
    });
  });

/** Retries after temporary failures (the server restarts or is busy), up to 20 times without progress. */
async function withRetries(work: (progressed: () => void) => Promise<void>): Promise<void> {
  const TEMPORARY = [grpc.status.UNAVAILABLE, grpc.status.RESOURCE_EXHAUSTED, grpc.status.DEADLINE_EXCEEDED];
  for (let failures = 0; ;) {
    try {
      return await work(() => (failures = 0));
    } catch (error) {
      const { code, details, metadata } = error as grpc.ServiceError;
      if (!TEMPORARY.includes(code) || ++failures === 20) throw error;
      console.log(`${grpc.status[code]}: ${details}`);
      const [retryAfter] = metadata.get('retry-after'); // seconds, from the server
      await sleep(retryAfter === undefined ? 1_000 : Number(retryAfter) * 1_000);
    }
  }
}

/** Sends batches in order. After a failure, resumes with the first batch that was not acknowledged. */
async function ingest(client: IngestionClient, batches: Poll[][], pauseMs: number): Promise<void> {
  let acknowledged = 0;
  await withRetries(async (progressed) => {
    const stream = client.ingestPolls();
    void send(stream, batches.slice(acknowledged), pauseMs);
    for await (const { accepted, duplicate, rejected } of stream as AsyncIterable<Acknowledgement>) {
      acknowledged++;
      progressed();
      console.log(`batch ${acknowledged}: ${accepted} accepted, ${duplicate} known, ${rejected} rejected`);
    }
  });
}

/** Waits while the server is slow, so that batches do not pile up in memory. */
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

/** Waits until the report is complete. A retry of TriggerReport with the same requestId returns the same report. */
async function makeReport(client: ReportsClient): Promise<string> {
  let { report } = await call(client, client.triggerReport, { requestId: randomUUID() });
  const { reportId } = report;
  await withRetries(async () => {
    for await (const state of client.watchReport({ reportId }) as AsyncIterable<{ report: Report }>) {
      report = state.report;
      console.log(`${report.status}: ${report.progress.storesDone} of ${report.progress.storesTotal} stores`);
    }
  });
  if (report.status !== 'REPORT_STATUS_COMPLETE') throw new Error(`The report has failed: ${report.message}`);
  return reportId;
}

/** After a failure, resumes after the bytes received. The last message has the SHA-256 of the whole file. */
async function download(client: ReportsClient, reportId: string, file: string): Promise<void> {
  const [out, hash] = [await open(file, 'w'), createHash('sha256')];
  let [offset, sha256] = [0, ''];
  try {
    await withRetries(async (progressed) => {
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
  if (hash.digest('hex') !== sha256) throw new Error(`${file} is damaged: expected SHA-256 ${sha256}.`);
}

/** One poll per minute of yesterday, one batch per hour. */
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
