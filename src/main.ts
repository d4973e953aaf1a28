import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Server } from '@grpc/grpc-js';
import type { PackageDefinition } from '@grpc/proto-loader';
import { ReflectionService } from '@grpc/reflection';
import { type INestApplicationContext, type LogLevel, ConsoleLogger } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { type GrpcOptions, Transport } from '@nestjs/microservices';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import descriptor from 'protobufjs/ext/descriptor/index.js';
import { DomainError } from '#libs/errors.js';
import { Access } from './access/access.js';
import { GrpcAccess } from './access/grpc-access.js';
import { httpAccess, securityHeaders } from './access/http-access.js';
import { BEARER } from './access/scope.js';
import { readTls } from './access/tls.js';
import { AppModule } from './app.module.js';
import { Clock } from './clock/clock.js';
import type { Settings } from './config/settings.js';
import { Database } from './database/database.js';
import { openEmbeddedPostgres } from './database/embedded/embedded-postgres.js';
import { migrate, openOrm } from './database/orm.js';
import { Jobs } from './jobs/jobs.js';
import { Roles } from './roles.js';
import { jsonBody } from './transport/json-body.middleware.js';
import { HttpErrorFilter } from './transport/http-error.filter.js';
import { RequestPipe } from './transport/request.pipe.js';

const { FileDescriptorProto, FileDescriptorSet } = descriptor;

/** From dist/src and from src alike, the folder that holds proto/. */
const PROTO_FOLDER = fileURLToPath(new URL('../proto', import.meta.url));
const PROTO_FILES = ['ingestion_service', 'timezones_service', 'reports_service', 'timelines_service'].map((name) =>
  join(PROTO_FOLDER, `storewatch/v1/${name}.proto`),
);

const MAX_JSON_BODY = '20mb';
const LOG_LEVELS: LogLevel[] = ['fatal', 'error', 'warn', 'log', 'debug'];

/** The database that the settings name, migrated: DATABASE_URL, or an embedded one in STOREWATCH_HOME. */
export async function openDatabase(
  settings: Settings,
): Promise<{ database: Database; migrated: string[]; close: () => Promise<void> }> {
  const embedded = settings.databaseUrl ? undefined : await openEmbeddedPostgres(join(settings.home, 'postgres'));
  const url = settings.databaseUrl ?? embedded!.url;
  const orm = await openOrm(url, settings.databasePoolSize).catch(async (error: unknown) => {
    await embedded?.release();
    throw error;
  });
  const close = async (): Promise<void> => {
    await orm.close(true);
    await embedded?.release();
  };
  try {
    const migrated = await migrate(orm);
    return { database: await Database.over(orm, url), migrated, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The program without a port: for commands, and for processes that only work. */
export async function createContext(
  settings: Settings,
  database: Database,
  roles: Roles = Roles.none,
): Promise<INestApplicationContext> {
  const module = AppModule.in({ settings, database, roles, clock: new Clock() });
  return NestFactory.createApplicationContext(module, { logger: new Log(settings) });
}

/** The program with REST, Swagger and gRPC, listening. */
export async function startServer(
  settings: Settings,
  database: Database,
  roles: Roles = Roles.all,
  clock: Clock = new Clock(),
): Promise<{ app: NestExpressApplication; httpUrl: string; grpcAddress: string }> {
  const tls = readTls(settings);
  const module = AppModule.in({ settings, database, roles, clock });
  const app = await NestFactory.create<NestExpressApplication>(module, {
    bodyParser: false,
    logger: new Log(settings),
    ...(tls && { httpsOptions: tls.https }),
  });
  app.use(securityHeaders(tls !== undefined));
  app.use(httpAccess(app.get(Access)));
  app.use(jsonBody);
  app.useBodyParser('json', { limit: MAX_JSON_BODY });
  app.useGlobalPipes(new RequestPipe());
  app.useGlobalFilters(new HttpErrorFilter());
  SwaggerModule.setup('docs', app, () => openApiDocument(app), { customSiteTitle: 'Storewatch API' });

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
      channelOptions: { interceptors: [app.get(GrpcAccess).interceptor] },
      onLoadPackageDefinition: (_definition, server: Server) => reflection().addToServer(server),
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
  const { port } = app.getHttpServer().address() as AddressInfo;
  return {
    app,
    httpUrl: `${tls ? 'https' : 'http'}://${forUrl(settings.httpHost)}:${port}`,
    grpcAddress: `${forUrl(settings.grpcHost)}:${grpcPort}`,
  };
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

/** What Nest says about its own wiring at every start, and nobody needs. */
const WIRING = new Set([
  'NestFactory',
  'InstanceLoader',
  'RoutesResolver',
  'RouterExplorer',
  'NestApplication',
  'NestMicroservice',
]);

class Log extends ConsoleLogger {
  constructor({ logLevel }: Settings) {
    super({ logLevels: LOG_LEVELS.slice(0, LOG_LEVELS.indexOf(logLevel) + 1), prefix: 'storewatch' });
  }

  override log(message: unknown, ...rest: unknown[]): void {
    if (!WIRING.has(String(rest.at(-1)))) super.log(message, ...(rest as [string]));
  }
}

async function freePort(host: string): Promise<number> {
  const probe = createServer().listen(0, host);
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
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
