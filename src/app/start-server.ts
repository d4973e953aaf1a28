import type { Server as HttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Server, setLogger as setGrpcLogger } from '@grpc/grpc-js';
import { Logger } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter, type NestExpressApplication } from '@nestjs/platform-express';
import { SwaggerModule } from '@nestjs/swagger';
import { Access } from '../edge/access/access.js';
import { httpAccess, securityHeaders } from '../edge/access/http-access.js';
import { ownSiteOnly } from '../edge/access/own-site.js';
import { readTls } from '../edge/access/tls.js';
import { openApiDocument } from '../edge/openapi/api-document.js';
import { ApiModule } from './api.module.js';
import type { BulkThread } from './bulk/bulk-thread.js';
import { Clock } from '../platform/clock/clock.js';
import type { Settings } from '../platform/config/settings.js';
import type { Database } from '../platform/database/database.js';
import { servePage } from '../edge/web/serve-page.js';
import { Readiness } from './observability/readiness.js';
import { Jobs } from '../platform/jobs/jobs.js';
import { Log } from '../platform/logging/log.js';
import { Metrics } from '../platform/metrics/metrics.js';
import { Roles } from '../platform/config/roles.js';
import { jsonBody } from '../edge/http/json-body.middleware.js';
import { SERVICES } from '../edge/grpc/proto-files.js';
import { GrpcHealth } from './observability/grpc-health.js';
import { GrpcCalls } from '../edge/grpc/grpc-calls.js';
import { grpcOptions } from '../edge/grpc/grpc-server.js';
import { HttpErrorFilter } from '../edge/http/http-error.filter.js';
import { admit, cutSilent, exactRoutes, requests } from '../edge/http/http-requests.js';
import { quietly } from '../edge/grpc/observe-calls.js';
import { observeRequests } from '../edge/http/observe-requests.js';
import { Operations } from '../edge/openapi/operations.js';
import { ParametersGuard } from '../edge/http/parameters.guard.js';
import { forUrl, freePort, portError } from '../edge/http/ports.js';
import { RequestPipe } from '../edge/http/request.pipe.js';

/** How long a stopping server waits for open requests and streams before it aborts them. */
const REQUESTS_TIMEOUT_MS = 4_000;
/** How long clients of aborted calls have to receive the status. */
const STATUS_GRACE_MS = 500;
const HEADERS_TIMEOUT_MS = 20_000;

/**
 * Starts REST, Swagger and gRPC.
 * @param bulk the thread that imports files; undefined: this thread does
 * @returns `drain`: reports "not ready" and keeps serving for DRAIN_FOR; `stop`: accepts no more requests, finishes the open ones,
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
  const app = await NestFactory.create<NestExpressApplication>(module, new ExpressAdapter(exactRoutes()), {
    bodyParser: false,
    logger: await Log.open(settings),
    ...(tls && { httpsOptions: tls.https }),
  });
  setGrpcLogger(quietly(new Logger('gRPC')));
  limitHttp(app.getHttpServer());
  app.use(observeRequests(app.get(Metrics)));
  app.use(securityHeaders(tls !== undefined));
  app.use(cutSilent());
  app.use(ownSiteOnly(settings));
  app.use(httpAccess(app.get(Access)));
  app.use(admit(settings));
  servePage(app);
  app.use(jsonBody(settings));
  app.use(requests(settings));
  const document = openApiDocument(app, settings.publicUrl);
  const operations = new Operations(document);
  app.useGlobalGuards(new ParametersGuard(operations));
  app.useGlobalPipes(new RequestPipe(settings));
  app.useGlobalFilters(new HttpErrorFilter(operations));
  SwaggerModule.setup('docs', app, document, { customSiteTitle: 'Storewatch API' });

  let grpcServer: Server | undefined;
  // Nest does not expose the port that gRPC is bound to, so port 0 is replaced with a free port first.
  const grpcPort = settings.grpcPort === 0 ? await freePort(settings.grpcHost) : settings.grpcPort;
  const grpcAddress = `${forUrl(settings.grpcHost)}:${grpcPort}`;
  app.connectMicroservice(
    grpcOptions(app, grpcAddress, tls?.grpc, (server) => {
      grpcServer = server;
      app.get(GrpcHealth).addToServer(server, SERVICES);
    }),
  );
  await app.get(Jobs).startPatiently();
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
    const abortRequests = setTimeout(() => {
      httpServer.closeAllConnections();
      app.get(GrpcCalls).abort();
    }, REQUESTS_TIMEOUT_MS);
    const forceShutdown = setTimeout(() => grpcServer?.forceShutdown(), REQUESTS_TIMEOUT_MS + STATUS_GRACE_MS);
    await app.close().finally(() => {
      clearTimeout(abortRequests);
      clearTimeout(forceShutdown);
    });
  };
  return {
    app,
    drain,
    stop,
    httpUrl: `${tls ? 'https' : 'http'}://${forUrl(settings.httpHost)}:${port}`,
    grpcAddress,
  };
}

/** Node's default limit of five minutes for a whole request is too short for a large upload. cutSilent closes stalled ones. */
function limitHttp(server: HttpServer): void {
  server.headersTimeout = HEADERS_TIMEOUT_MS;
  server.requestTimeout = 0;
}
