import { readFileSync } from 'node:fs';
import type { Server as HttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Server } from '@grpc/grpc-js';
import type { PackageDefinition } from '@grpc/proto-loader';
import { ReflectionService } from '@grpc/reflection';
import { NestFactory } from '@nestjs/core';
import { type GrpcOptions, Transport } from '@nestjs/microservices';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { SwaggerModule } from '@nestjs/swagger';
import descriptor from 'protobufjs/ext/descriptor/index.js';
import { DomainError } from '#libs/errors.js';
import { Access } from './access/access.js';
import { GrpcAccess } from './access/grpc-access.js';
import { httpAccess, securityHeaders } from './access/http-access.js';
import { readTls } from './access/tls.js';
import { openApiDocument } from './api-document.js';
import { ApiModule } from './api.module.js';
import type { BulkThread } from './bulk/bulk-thread.js';
import { Clock } from './clock/clock.js';
import type { Settings } from './config/settings.js';
import type { Database } from './database/database.js';
import { Log } from './log.js';
import { Readiness } from './health/readiness.js';
import { Jobs } from './jobs/jobs.js';
import { Roles } from './roles.js';
import { freePort } from './transport/free-port.js';
import { jsonBody } from './transport/json-body.middleware.js';
import { grpcCalls } from './transport/grpc-calls.js';
import { HttpErrorFilter } from './transport/http-error.filter.js';
import { admit, cutSilent, requests } from './transport/http-requests.js';
import { Operations } from './transport/operations.js';
import { ParametersGuard } from './transport/parameters.guard.js';
import { RequestPipe } from './transport/request.pipe.js';

const { FileDescriptorProto, FileDescriptorSet } = descriptor;

/** From dist/src and from src alike, the folder that holds proto/. */
const PROTO_FOLDER = fileURLToPath(new URL('../proto', import.meta.url));
const PROTO_FILES = ['ingestion_service', 'timezones_service', 'reports_service', 'timelines_service'].map((name) =>
  join(PROTO_FOLDER, `storewatch/v1/${name}.proto`),
);

/** How long a stopping server waits for requests and streams in hand before it breaks them off. */
const REQUESTS_TIMEOUT_MS = 4_000;
/** A client that does not answer is gone, and its streams end. */
const GRPC_KEEPALIVE = { keepaliveTimeMs: 60_000, keepaliveTimeoutMs: 20_000 };
/** Further calls of the same connection wait in the client. */
const MAX_CALLS_PER_CONNECTION = 1_000;
const HEADERS_TIMEOUT_MS = 20_000;

/**
 * The program with REST, Swagger and gRPC, listening.
 * @param bulk where files are loaded; undefined: in this thread
 * @returns `drain`: says that it is not ready, and goes on for DRAIN_FOR; `stop`: takes nothing more, answers what is in hand,
 *   and ends within 10 s
 */
export async function startServer(
  settings: Settings,
  database: Database,
  roles: Roles = Roles.all,
  clock: Clock = new Clock(),
  bulk?: BulkThread,
): Promise<{
  app: NestExpressApplication;
  httpUrl: string;
  grpcAddress: string;
  drain: () => Promise<void>;
  stop: () => Promise<void>;
}> {
  const tls = readTls(settings);
  const module = ApiModule.in({ settings, database, roles, clock, bulk });
  const app = await NestFactory.create<NestExpressApplication>(module, {
    bodyParser: false,
    logger: new Log(settings),
    ...(tls && { httpsOptions: tls.https }),
  });
  limitHttp(app.getHttpServer());
  app.use(securityHeaders(tls !== undefined));
  app.use(cutSilent());
  app.use(httpAccess(app.get(Access)));
  app.use(admit(settings));
  app.use(jsonBody);
  app.useBodyParser('json', { limit: settings.maxBodyBytes });
  app.use(requests(settings));
  const document = openApiDocument(app);
  const operations = new Operations(document);
  app.useGlobalGuards(new ParametersGuard(operations));
  app.useGlobalPipes(new RequestPipe());
  app.useGlobalFilters(new HttpErrorFilter(operations));
  SwaggerModule.setup('docs', app, document, { customSiteTitle: 'Storewatch API' });

  let grpcServer: Server | undefined;
  // Nest does not say which port gRPC got, so a free one is found beforehand.
  const grpcPort = settings.grpcPort === 0 ? await freePort(settings.grpcHost) : settings.grpcPort;
  app.connectMicroservice<GrpcOptions>({
    transport: Transport.GRPC,
    options: {
      package: 'storewatch.v1',
      protoPath: PROTO_FILES,
      loader: { includeDirs: [PROTO_FOLDER], longs: Number, defaults: true },
      url: `${forUrl(settings.grpcHost)}:${grpcPort}`,
      credentials: tls?.grpc,
      gracefulShutdown: true,
      maxReceiveMessageLength: settings.maxGrpcMessageBytes,
      keepalive: GRPC_KEEPALIVE,
      // Nest hands these to grpc-js as they are, which takes its interceptors from there
      channelOptions: {
        'grpc.max_concurrent_streams': MAX_CALLS_PER_CONNECTION,
        // access first: strangers take no places
        interceptors: [app.get(GrpcAccess).interceptor, grpcCalls(settings)],
      },
      onLoadPackageDefinition: (_definition, server: Server) => {
        grpcServer = server;
        reflection().addToServer(server);
      },
    },
  });
  await app.get(Jobs).start();
  await app.startAllMicroservices().catch(async (error: unknown) => {
    await app.close();
    throw portError(error, 'GRPC_PORT', settings.grpcPort);
  });
  await app.listen(settings.httpPort, settings.httpHost).catch(async (error: unknown) => {
    await app.close();
    throw portError(error, 'HTTP_PORT', settings.httpPort);
  });
  const httpServer = app.getHttpServer();
  const { port } = httpServer.address() as AddressInfo;
  const drain = async (): Promise<void> => {
    app.get(Readiness).stop();
    await sleep(settings.drainForMs);
  };
  const stop = async (): Promise<void> => {
    const breakOff = setTimeout(() => {
      httpServer.closeAllConnections();
      grpcServer?.forceShutdown();
    }, REQUESTS_TIMEOUT_MS);
    await app.close().finally(() => clearTimeout(breakOff));
  };
  return {
    app,
    drain,
    stop,
    httpUrl: `${tls ? 'https' : 'http'}://${forUrl(settings.httpHost)}:${port}`,
    grpcAddress: `${forUrl(settings.grpcHost)}:${grpcPort}`,
  };
}

/** Node allows five minutes for a whole request, which is too little for a big file; cutSilent ends those that stand still. */
function limitHttp(server: HttpServer): void {
  server.headersTimeout = HEADERS_TIMEOUT_MS;
  server.requestTimeout = 0;
}

/**
 * Server reflection from the descriptors that buf built. Those that proto-loader makes up from the .proto files name no
 * imports, and clients that check (buf curl) then do not find the services.
 */
function reflection(): ReflectionService {
  const set = FileDescriptorSet.decode(readFileSync(join(PROTO_FOLDER, 'storewatch.binpb')));
  const { file: files } = set as unknown as { file: descriptor.IFileDescriptorProto[] };
  const fileDescriptorProtos = files.map((file) => Buffer.from(FileDescriptorProto.encode(file).finish()));
  return new ReflectionService({ storewatch: { fileDescriptorProtos } as unknown as PackageDefinition[string] });
}

const forUrl = (host: string): string => (host.includes(':') ? `[${host}]` : host);

function portError(error: unknown, setting: string, port: number): unknown {
  if (!(error instanceof Error) || !/EADDRINUSE|address already in use/i.test(error.message)) return error;
  const remedy = `set ${setting} to another one, or to 0 for any that is free`;
  return new DomainError('unavailable', `Port ${port} is in use; ${remedy}.`, undefined, { cause: error });
}
