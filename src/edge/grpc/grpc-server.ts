import type { Server, ServerCredentials } from '@grpc/grpc-js';
import type { PackageDefinition } from '@grpc/proto-loader';
import { ReflectionService } from '@grpc/reflection';
import type { INestApplicationContext } from '@nestjs/common';
import { type GrpcOptions, Transport } from '@nestjs/microservices';
import { GrpcAccess } from './grpc-access.js';
import { Settings } from '../../platform/config/settings.js';
import { Metrics } from '../../platform/metrics/metrics.js';
import { boundedDecode } from './bounded-message.js';
import { GrpcCalls } from './grpc-calls.js';
import { observeCalls } from './observe-calls.js';
import { PACKAGE, PROTO_FOLDER, SERVICE_FILES, encodedFiles, requestTypes } from './proto-files.js';

/** A client that does not answer is gone, and its streams end. */
const KEEPALIVE = { keepaliveTimeMs: 60_000, keepaliveTimeoutMs: 20_000 };
/** Further calls of the same connection wait in the client. */
const MAX_CALLS_PER_CONNECTION = 1_000;

/**
 * gRPC as Nest serves it: every service of proto/, and reflection.
 * @param url host and port
 * @param made is given grpc-js's server, which Nest keeps to itself, and may add services
 */
export function grpcOptions(
  app: INestApplicationContext,
  url: string,
  credentials: ServerCredentials | undefined,
  made: (server: Server) => void,
): GrpcOptions {
  const settings = app.get(Settings);
  return {
    transport: Transport.GRPC,
    options: {
      package: PACKAGE,
      protoPath: [...SERVICE_FILES],
      loader: { includeDirs: [PROTO_FOLDER], longs: Number, defaults: true },
      url,
      credentials,
      gracefulShutdown: true,
      maxReceiveMessageLength: settings.maxGrpcMessageBytes,
      keepalive: KEEPALIVE,
      // Nest hands these to grpc-js as they are, which takes its interceptors from there
      channelOptions: {
        'grpc.max_concurrent_streams': MAX_CALLS_PER_CONNECTION,
        ...connectionAge(settings),
        // seen first, whatever becomes of it; then access: strangers take no places
        interceptors: [observeCalls(app.get(Metrics)), app.get(GrpcAccess).interceptor, app.get(GrpcCalls).interceptor],
      },
      onLoadPackageDefinition: (_definition, server: Server) => {
        boundMessages(server, settings);
        made(server);
        reflection().addToServer(server);
      },
    },
  };
}

/** Has the messages of all methods checked before they are decoded, those of health and reflection too: all are registered so. */
function boundMessages(server: Server, settings: Settings): void {
  const types = requestTypes();
  const register = server.register.bind(server);
  server.register = (path, handler, serialize, deserialize, type) =>
    register(
      path,
      handler,
      serialize,
      boundedDecode(deserialize, types.get(path), settings) as typeof deserialize,
      type,
    );
}

/** The client is told to connect anew; calls that are open then have as long again. */
const connectionAge = ({ grpcMaxConnectionAgeMs: ageMs }: Settings): Record<string, number> =>
  ageMs === 0 ? {} : { 'grpc.max_connection_age_ms': ageMs, 'grpc.max_connection_age_grace_ms': ageMs };

/**
 * Server reflection from the descriptors that buf built. Those that proto-loader makes up from the .proto files name no
 * imports, and clients that check (buf curl) then do not find the services.
 */
const reflection = (): ReflectionService =>
  new ReflectionService({ files: { fileDescriptorProtos: encodedFiles() } as unknown as PackageDefinition[string] });
