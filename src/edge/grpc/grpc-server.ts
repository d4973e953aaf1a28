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

/** A client that does not answer pings is disconnected, and its streams end. */
const KEEPALIVE = { keepaliveTimeMs: 60_000, keepaliveTimeoutMs: 20_000 };
/** More calls on the same connection wait in the client. */
const MAX_CALLS_PER_CONNECTION = 1_000;

/**
 * Options for Nest's gRPC server: every service of proto/, and reflection.
 * @param url host and port
 * @param onServer receives grpc-js's server, which Nest does not expose, and may add services to it
 */
export function grpcOptions(
  app: INestApplicationContext,
  url: string,
  credentials: ServerCredentials | undefined,
  onServer: (server: Server) => void,
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
      // Nest passes these to grpc-js unchanged, which reads its interceptors from them.
      channelOptions: {
        'grpc.max_concurrent_streams': MAX_CALLS_PER_CONNECTION,
        ...connectionAge(settings),
        // In this order: observe every call; authenticate, so that unauthenticated calls use no streams; limit.
        interceptors: [observeCalls(app.get(Metrics)), app.get(GrpcAccess).interceptor, app.get(GrpcCalls).interceptor],
      },
      onLoadPackageDefinition: (_definition, server: Server) => {
        boundMessages(server, settings);
        onServer(server);
        reflection().addToServer(server);
      },
    },
  };
}

/** Checks the messages of all methods before decoding, including health and reflection: every method is registered this way. */
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

/** After this time the client is told to reconnect. Open calls may run for the same time again. */
const connectionAge = ({ grpcMaxConnectionAgeMs: ageMs }: Settings): Record<string, number> =>
  ageMs === 0 ? {} : { 'grpc.max_connection_age_ms': ageMs, 'grpc.max_connection_age_grace_ms': ageMs };

/**
 * Server reflection with the descriptors that buf built. Those that proto-loader derives from the .proto files lack imports, so
 * strict clients (buf curl) do not find the services.
 */
const reflection = (): ReflectionService =>
  new ReflectionService({ files: { fileDescriptorProtos: encodedFiles() } as unknown as PackageDefinition[string] });
