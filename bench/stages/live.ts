import { Agent, request } from 'node:http';
import { Client, credentials, type MethodDefinition } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { PROTO_FOLDER } from '#bench/dist.js';
import type { Floors } from '#bench/floors.js';
import type { Poll } from '#bench/sample.js';
import type { Server } from '#bench/server.js';
import { secondsOf } from '#bench/statistics.js';
import type { IngestPollsRequest, IngestPollsResponse } from '../../src/generated/storewatch/v1/ingestion_service.js';

const POLLS_PER_BATCH = 1_000;
const POLL_EVERY_MS = 5 * 60_000;

/** Polls per second, acknowledged when durable, over one connection that the warm-up opened. */
export interface Live {
  readonly grpc: number;
  readonly rest: number;
}

export async function live(server: Server, floors: Floors, batches: number): Promise<Live> {
  return { grpc: await overGrpc(server, floors, batches), rest: await overRest(server, floors, batches) };
}

/** Rounds of all stores, five minutes apart, after the latest poll. */
async function newBatches(floors: Floors, count: number): Promise<Poll[][]> {
  const { ids, latestMs } = await floors.stores();
  const fromMs = (Math.floor(latestMs / POLL_EVERY_MS) + 1) * POLL_EVERY_MS;
  return Array.from({ length: count }, (_, batch) =>
    Array.from({ length: POLLS_PER_BATCH }, (__, i) => {
      const k = batch * POLLS_PER_BATCH + i;
      return {
        storeId: ids[k % ids.length],
        atMs: fromMs + Math.floor(k / ids.length) * POLL_EVERY_MS,
        active: k % 10 > 0,
      };
    }),
  );
}

/** One stream. The client sends ahead; the server reads a batch after the previous one is durable and acknowledged. */
async function overGrpc(server: Server, floors: Floors, count: number): Promise<number> {
  const definitions = loadSync('storewatch/v1/ingestion_service.proto', {
    includeDirs: [PROTO_FOLDER],
    longs: Number,
    defaults: true,
  });
  const service = definitions['storewatch.v1.IngestionService'] as unknown as Record<
    string,
    MethodDefinition<IngestPollsRequest, IngestPollsResponse>
  >;
  const { path, requestSerialize, responseDeserialize } = service['IngestPolls'];
  const client = new Client(server.grpcAddress, credentials.createInsecure());
  const ingest = async (batches: readonly Poll[][]): Promise<void> => {
    const messages = batches.map((polls) => ({ polls: polls.map(toMessage) }));
    const call = client.makeBidiStreamRequest(path, requestSerialize, responseDeserialize);
    for (const message of messages) call.write(message);
    call.end();
    let acknowledged = 0;
    for await (const response of call as AsyncIterable<IngestPollsResponse>) {
      if (response.accepted !== POLLS_PER_BATCH) throw notAll(response);
      acknowledged++;
    }
    if (acknowledged !== batches.length) throw new Error(`${acknowledged} of ${batches.length} batches acknowledged`);
  };
  try {
    await ingest(await newBatches(floors, warmUp(count)));
    const batches = await newBatches(floors, count);
    return (count * POLLS_PER_BATCH) / (await secondsOf(() => ingest(batches)));
  } finally {
    client.close();
  }
}

const toMessage = ({ storeId, atMs, active }: Poll): IngestPollsRequest['polls'][number] => ({
  storeId,
  status: active ? 1 : 2,
  polledAt: { seconds: Math.floor(atMs / 1000), nanos: (atMs % 1000) * 1_000_000 },
});

/** Sequential requests: each waits for the previous response. */
async function overRest(server: Server, floors: Floors, count: number): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const ingest = async (bodies: readonly string[]): Promise<void> => {
    for (const body of bodies) {
      const answer = await post(`${server.httpUrl}/v1/polls`, agent, body);
      if ((JSON.parse(answer) as { accepted?: number }).accepted !== POLLS_PER_BATCH) throw notAll(answer);
    }
  };
  try {
    await ingest((await newBatches(floors, warmUp(count))).map(toBody));
    const bodies = (await newBatches(floors, count)).map(toBody);
    return (count * POLLS_PER_BATCH) / (await secondsOf(() => ingest(bodies)));
  } finally {
    agent.destroy();
  }
}

const toBody = (polls: readonly Poll[]): string =>
  JSON.stringify({
    polls: polls.map(({ storeId, atMs, active }) => ({
      store_id: storeId,
      status: active ? 'active' : 'inactive',
      timestamp_utc: new Date(atMs).toISOString(),
    })),
  });

/** Uses node:http because fetch costs several times as much and shares the same two cores. */
function post(url: string, agent: Agent, body: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    const sent = request(url, { method: 'POST', agent, headers }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.on('end', () => resolve(text)).on('error', reject);
    });
    sent.on('error', reject).end(body);
  });
}

const warmUp = (count: number): number => Math.ceil(count / 5);

const notAll = (answer: unknown): Error =>
  new Error(`not all polls of a batch were accepted: ${JSON.stringify(answer)}`);
