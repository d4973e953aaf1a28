import type { Server as HttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Server } from '@grpc/grpc-js';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { DomainError } from '#libs/errors.js';
import { Access } from './access/access.js';
import { httpAccess, securityHeaders } from './access/http-access.js';
import { BEARER } from './access/scope.js';
import { readTls } from './access/tls.js';
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
import { GrpcCalls } from './transport/grpc-calls.js';
import { grpcOptions } from './transport/grpc-server.js';
import { HttpErrorFilter } from './transport/http-error.filter.js';
import { admit, cutSilent, requests } from './transport/http-requests.js';
import { RequestPipe } from './transport/request.pipe.js';

/** How long a stopping server waits for requests and streams in hand before it breaks them off. */
const REQUESTS_TIMEOUT_MS = 4_000;
/** How long clients of calls that were broken off have to take the status. */
const FAREWELL_MS = 500;
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
  app.useGlobalPipes(new RequestPipe());
  app.useGlobalFilters(new HttpErrorFilter());
  SwaggerModule.setup('docs', app, () => openApiDocument(app), { customSiteTitle: 'Storewatch API' });

  let grpcServer: Server | undefined;
  // Nest does not say which port gRPC got, so a free one is found beforehand.
  const grpcPort = settings.grpcPort === 0 ? await freePort(settings.grpcHost) : settings.grpcPort;
  const grpcAddress = `${forUrl(settings.grpcHost)}:${grpcPort}`;
  app.connectMicroservice(grpcOptions(app, grpcAddress, tls?.grpc, (server) => (grpcServer = server)));
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
      app.get(GrpcCalls).breakOff();
    }, REQUESTS_TIMEOUT_MS);
    const cut = setTimeout(() => grpcServer?.forceShutdown(), REQUESTS_TIMEOUT_MS + FAREWELL_MS);
    await app.close().finally(() => {
      clearTimeout(breakOff);
      clearTimeout(cut);
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

/** Node allows five minutes for a whole request, which is too little for a big file; cutSilent ends those that stand still. */
function limitHttp(server: HttpServer): void {
  server.headersTimeout = HEADERS_TIMEOUT_MS;
  server.requestTimeout = 0;
}

export function openApiDocument(app: NestExpressApplication): OpenAPIObject {
  const config = new DocumentBuilder()
    .setTitle('Storewatch')
    .setDescription('Whether each store was open when it should have been. Times are UTC, intervals half-open.')
    .setVersion('1')
    .addBearerAuth({ type: 'http', scheme: 'bearer', description: 'An API key: `sw_...`' }, BEARER)
    .build();
  return SwaggerModule.createDocument(app, config);
}

const forUrl = (host: string): string => (host.includes(':') ? `[${host}]` : host);

function portError(error: unknown, setting: string, port: number): unknown {
  if (!(error instanceof Error) || !/EADDRINUSE|address already in use/i.test(error.message)) return error;
  const remedy = `set ${setting} to another one, or to 0 for any that is free`;
  return new DomainError('unavailable', `Port ${port} is in use; ${remedy}.`, undefined, { cause: error });
}
