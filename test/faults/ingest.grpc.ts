import {
  Client,
  type ClientDuplexStream,
  type MethodDefinition,
  type ServiceError,
  credentials,
  status,
} from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { PROTO_FOLDER } from '#bench/dist.js';
import type { IngestPollsRequest, IngestPollsResponse } from '../../src/generated/storewatch/v1/ingestion_service.js';
import type { SentPoll } from './ledger.js';
import type { Answer } from './ledger.js';

const definitions = loadSync('storewatch/v1/ingestion_service.proto', {
  includeDirs: [PROTO_FOLDER],
  longs: Number,
  defaults: true,
});
type Method = MethodDefinition<IngestPollsRequest, IngestPollsResponse>;
const { path, requestSerialize, responseDeserialize } = (
  definitions['storewatch.v1.IngestionService'] as unknown as Record<string, Method>
)['IngestPolls'];

/** @param deadline epoch ms; Infinity for none */
export const openStream = (
  client: Client,
  deadline: number,
): ClientDuplexStream<IngestPollsRequest, IngestPollsResponse> =>
  client.makeBidiStreamRequest(path, requestSerialize, responseDeserialize, { deadline });

/** Sends one stream with one batch. Maps the gRPC code to an HTTP status, so that clients treat both alike. */
export async function ingestOverGrpc(address: string, polls: readonly SentPoll[], timeoutMs: number): Promise<Answer> {
  const client = new Client(address, credentials.createInsecure());
  const deadline = performance.timeOrigin + performance.now() + timeoutMs;
  try {
    return await new Promise<Answer>((resolve) => {
      const call = openStream(client, deadline);
      call.on('data', (answer: IngestPollsResponse) => {
        const isWhole = answer.accepted + answer.duplicate === polls.length;
        resolve(isWhole ? { code: 200, text: '' } : { code: 500, text: JSON.stringify(answer) });
      });
      call.on('error', (error: ServiceError) => {
        if (error.code === status.DEADLINE_EXCEEDED) resolve('unanswered');
        // grpc-js uses this code for a broken connection too.
        else if (error.code === status.UNAVAILABLE) resolve({ code: 503, text: error.details });
        else if (error.code === status.RESOURCE_EXHAUSTED) resolve({ code: 429, text: error.details });
        else resolve({ code: 500, text: `gRPC ${status[error.code]} ${error.details}` });
      });
      call.on('end', () => resolve({ code: 500, text: 'The stream ended without a response.' }));
      call.write({ polls: polls.map(toMessage) });
      call.end();
    });
  } finally {
    client.close();
  }
}

export const toMessage = ({ storeId, atMs, active }: SentPoll): IngestPollsRequest['polls'][number] => ({
  storeId,
  status: active ? 1 : 2,
  polledAt: { seconds: Math.floor(atMs / 1000), nanos: (atMs % 1000) * 1_000_000 },
});
