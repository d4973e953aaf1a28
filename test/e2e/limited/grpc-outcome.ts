import {
  type Client,
  type ClientReadableStream,
  Metadata,
  type MethodDefinition,
  type ServiceError,
  status,
} from '@grpc/grpc-js';
import { grpcMethods } from '../server.js';

/** Streams without an end: their first message is enough. */
const ENDLESS = /\/WatchFleet$/;

export interface GrpcOutcome {
  readonly code: status;
  readonly details: string;
  readonly field: unknown;
  readonly messages: readonly object[];
}

/** Calls a method of any kind with one request. */
export function grpcOutcome(client: Client, path: string, request: object, key: string): Promise<GrpcOutcome> {
  const { requestStream, responseStream, requestSerialize, responseDeserialize } = grpcMethods.get(
    path,
  ) as MethodDefinition<object, object>;
  const metadata = new Metadata();
  metadata.set('authorization', `Bearer ${key}`);
  const messages: object[] = [];
  return new Promise((resolve) => {
    const done = (error: ServiceError | null): void =>
      resolve({
        code: error?.code ?? status.OK,
        details: error?.details ?? '',
        field: error?.metadata.get('field')[0],
        messages,
      });
    const ways = [path, requestSerialize, responseDeserialize] as const;
    const watch = (call: ClientReadableStream<object>): void => {
      call.on('error', done);
      call.on('end', () => done(null));
      call.on('data', (message: object) => {
        messages.push(message);
        if (!ENDLESS.test(path)) return;
        done(null);
        call.cancel();
      });
    };
    if (requestStream) {
      const call = client.makeBidiStreamRequest(...ways, metadata);
      watch(call);
      call.write(request);
      call.end();
    } else if (responseStream) watch(client.makeServerStreamRequest(...ways, request, metadata));
    else {
      client.makeUnaryRequest(...ways, request, metadata, (error, message) => {
        if (message) messages.push(message);
        done(error);
      });
    }
  });
}
