import { deepEqual } from 'node:assert/strict';
import { Client, type ServiceError, credentials, status } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { PROTO_FOLDER } from '#bench/dist.js';
import { openStream, toMessage } from '../faults/ingest.grpc.js';

/** A grpc-js client with one connection. */
export interface GrpcThrough {
  /** A unary call. @returns false if the connection broke and the call must be repeated */
  isAnswered(): Promise<boolean>;
  /** Sends batches on one stream, each after the acknowledgement of the one before. */
  stream(): Promise<void>;
  close(): void;
}

const definitions = loadSync('storewatch/v1/timezones_service.proto', { includeDirs: [PROTO_FOLDER], longs: Number });
interface Method {
  path: string;
  requestSerialize: (message: object) => Buffer;
  responseDeserialize: (bytes: Buffer) => object;
}
const { path, requestSerialize, responseDeserialize } = (
  definitions['storewatch.v1.TimezonesService'] as unknown as Record<string, Method>
)['ListTimezones'];

const BATCHES = 3;
const DEADLINE_MS = 10_000;

/** The errors of a call whose process is gone: nginx finds no upstream or, during a response, resets the stream. */
const isBroken = ({ code, details }: ServiceError): boolean =>
  code === status.UNAVAILABLE || (code === status.INTERNAL && details.includes('RST_STREAM'));

export function grpcThrough(address: string): GrpcThrough {
  const client = new Client(address, credentials.createInsecure());
  return {
    isAnswered: () =>
      new Promise((resolve, reject) => {
        const deadline = Date.now() + DEADLINE_MS;
        client.makeUnaryRequest(path, requestSerialize, responseDeserialize, {}, { deadline }, (error) => {
          if (error && !isBroken(error)) reject(error);
          else resolve(!error);
        });
      }),
    async stream() {
      const call = openStream(client, Date.now() + DEADLINE_MS);
      const failed = new Promise<never>((_, reject) => call.on('error', (error: ServiceError) => reject(error)));
      const counts: number[] = [];
      for (let batch = 0; batch < BATCHES; batch++) {
        const answer = new Promise<{ accepted: number }>((resolve) => call.once('data', resolve));
        call.write({ polls: [toMessage({ storeId: 'streamed', atMs: Date.UTC(2026, 9, 6, batch), active: true })] });
        counts.push((await Promise.race([answer, failed])).accepted);
      }
      const over = new Promise((resolve) => call.once('end', resolve));
      call.end();
      await Promise.race([over, failed]);
      deepEqual(counts, Array<number>(BATCHES).fill(1));
    },
    close: () => client.close(),
  };
}
