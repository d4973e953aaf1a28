import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import {
  type CallOptions,
  Client,
  type ClientDuplexStream,
  type ClientReadableStream,
  type MethodDefinition,
  credentials,
} from '@grpc/grpc-js';
import { type PackageDefinition, loadSync } from '@grpc/proto-loader';
import type { INestApplicationContext } from '@nestjs/common';
import type { Pool } from 'pg';
import type { Clock } from '../../src/platform/clock/clock.js';
import { Settings } from '../../src/platform/config/settings.js';
import type * as fleet from '../../src/generated/storewatch/v1/fleet_service.js';
import type * as ingestion from '../../src/generated/storewatch/v1/ingestion_service.js';
import type * as reports from '../../src/generated/storewatch/v1/reports_service.js';
import type * as schedules from '../../src/generated/storewatch/v1/schedules_service.js';
import type * as timelines from '../../src/generated/storewatch/v1/timelines_service.js';
import type * as timezones from '../../src/generated/storewatch/v1/timezones_service.js';
import { openDatabase } from '../../src/app/process-context.js';
import { startServer } from '../../src/app/start-server.js';
import { Roles } from '../../src/platform/config/roles.js';
import { createTestDatabase } from '../setup/test-database.js';

/** The server as a process runs it, on free ports, with its own database and folder. */
export interface Storewatch {
  /** The base URL of REST, without a trailing slash. */
  readonly http: string;
  readonly grpc: GrpcClient;
  /** A client with a new connection, which is closed with the server. */
  connect(): GrpcClient;
  readonly grpcAddress: string;
  /** STOREWATCH_HOME. */
  readonly home: string;
  /** For states that cannot be held from outside, such as a running report. */
  readonly pool: Pool;
  /** For what the command line does: API keys. */
  readonly app: INestApplicationContext;
  close(): Promise<void>;
}

/** Clients for every method. They reject with grpc-js's ServiceError. Omitted fields are not sent. */
export interface GrpcClient {
  triggerReport(request: Partial<reports.TriggerReportRequest>): Promise<reports.TriggerReportResponse>;
  getReport(request: reports.GetReportRequest): Promise<reports.GetReportResponse>;
  listReports(request: Partial<reports.ListReportsRequest>): Promise<reports.ListReportsResponse>;
  /** All messages of the stream. */
  downloadReport(request: Partial<reports.DownloadReportRequest>): Promise<reports.DownloadReportResponse[]>;
  /** The call itself, for tests that read message by message or cancel it. */
  openDownloadReport(
    request: Partial<reports.DownloadReportRequest>,
  ): ClientReadableStream<reports.DownloadReportResponse>;
  openWatchReport(
    request: reports.WatchReportRequest,
    options?: CallOptions,
  ): ClientReadableStream<reports.WatchReportResponse>;
  deleteReport(request: reports.DeleteReportRequest): Promise<reports.DeleteReportResponse>;
  /** Sends one message for each batch. Returns one response for each. */
  ingestPolls(batches: readonly (readonly Partial<ingestion.Poll>[])[]): Promise<ingestion.IngestPollsResponse[]>;
  /** The call itself, for tests that read message by message. */
  openIngestPolls(): ClientDuplexStream<PollBatch, ingestion.IngestPollsResponse>;
  listStores(request: Partial<timezones.ListStoresRequest>): Promise<timezones.ListStoresResponse>;
  getStoreCalendar(request: timezones.GetStoreCalendarRequest): Promise<timezones.GetStoreCalendarResponse>;
  setTimezone(request: timezones.SetTimezoneRequest): Promise<timezones.SetTimezoneResponse>;
  setBusinessHours(request: timezones.SetBusinessHoursRequest): Promise<timezones.SetBusinessHoursResponse>;
  removeTimezone(request: timezones.RemoveTimezoneRequest): Promise<timezones.RemoveTimezoneResponse>;
  setSpecialHours(request: timezones.SetSpecialHoursRequest): Promise<timezones.SetSpecialHoursResponse>;
  removeSpecialHours(request: timezones.RemoveSpecialHoursRequest): Promise<timezones.RemoveSpecialHoursResponse>;
  setStoreLife(request: Partial<timezones.SetStoreLifeRequest>): Promise<timezones.SetStoreLifeResponse>;
  updateStores(request: Partial<timezones.UpdateStoresRequest>): Promise<timezones.UpdateStoresResponse>;
  listTimezones(): Promise<timezones.ListTimezonesResponse>;
  getStoreTimeline(request: Partial<timelines.GetStoreTimelineRequest>): Promise<timelines.GetStoreTimelineResponse>;
  listOutages(request: Partial<timelines.ListOutagesRequest>): Promise<timelines.ListOutagesResponse>;
  listRecentOutages(
    request: Partial<timelines.ListRecentOutagesRequest>,
    options?: CallOptions,
  ): Promise<timelines.ListRecentOutagesResponse>;
  getFleetSummary(request: Partial<fleet.GetFleetSummaryRequest>): Promise<fleet.GetFleetSummaryResponse>;
  getFleetHeatmap(request: Partial<fleet.GetFleetHeatmapRequest>): Promise<fleet.GetFleetHeatmapResponse>;
  openWatchFleet(request: Partial<fleet.WatchFleetRequest>): ClientReadableStream<fleet.WatchFleetResponse>;
  listSchedules(request: Partial<schedules.ListSchedulesRequest>): Promise<schedules.ListSchedulesResponse>;
  getSchedule(request: schedules.GetScheduleRequest): Promise<schedules.GetScheduleResponse>;
  createSchedule(request: Partial<schedules.CreateScheduleRequest>): Promise<schedules.CreateScheduleResponse>;
  updateSchedule(request: Partial<schedules.UpdateScheduleRequest>): Promise<schedules.UpdateScheduleResponse>;
  removeSchedule(request: schedules.RemoveScheduleRequest): Promise<schedules.RemoveScheduleResponse>;
  listScheduleRuns(request: Partial<schedules.ListScheduleRunsRequest>): Promise<schedules.ListScheduleRunsResponse>;
  getScheduleRun(request: schedules.GetScheduleRunRequest): Promise<schedules.GetScheduleRunResponse>;
  runScheduleAgain(request: schedules.RunScheduleAgainRequest): Promise<schedules.RunScheduleAgainResponse>;
  /** Server reflection: one response for each request. */
  reflect(questions: readonly ReflectionQuestion[]): Promise<ReflectionAnswer[]>;
}

export interface PollBatch {
  polls: readonly Partial<ingestion.Poll>[];
}

export interface ReflectionQuestion {
  listServices?: string;
  fileByFilename?: string;
  fileContainingSymbol?: string;
}

/** grpc.reflection.v1.ServerReflectionResponse: the matching one is set. */
export interface ReflectionAnswer {
  listServicesResponse?: { service: { name: string }[] };
  fileDescriptorResponse?: { fileDescriptorProto: Buffer[] };
  errorResponse?: { errorCode: number; errorMessage: string };
}

/**
 * @param environment settings in addition to those that keep servers apart
 * @param own         url: a separate PostgreSQL; roles: a subset; clock: a clock that the test controls
 */
export async function startStorewatch(
  environment: Record<string, string> = {},
  own: { url?: string; roles?: Roles; clock?: Clock } = {},
): Promise<Storewatch> {
  const testDatabase = own.url === undefined ? await createTestDatabase() : { url: own.url, drop: async () => {} };
  const home = await mkdtemp(join(tmpdir(), 'storewatch-e2e-'));
  const settings = Settings.from({
    DATABASE_URL: testDatabase.url,
    STOREWATCH_HOME: home,
    HTTP_PORT: '0',
    GRPC_PORT: '0',
    LOG_LEVEL: 'error',
    MAX_REQUESTS_PER_SECOND: '1000000', // a fast machine sends more than 1,000 in a test
    ...environment,
  });
  const opened = await openDatabase(settings);
  const server = await startServer(settings, opened.database, own.roles, own.clock).catch(async (error: unknown) => {
    await opened.close();
    await testDatabase.drop();
    throw error;
  });
  const clients: Client[] = [];
  const connect = (): GrpcClient => {
    const client = new Client(server.grpcAddress, credentials.createInsecure(), {
      'grpc.use_local_subchannel_pool': 1,
    });
    clients.push(client);
    return grpcClient(client);
  };
  return {
    http: server.httpUrl,
    grpc: connect(),
    connect,
    grpcAddress: server.grpcAddress,
    home,
    pool: opened.database.pool,
    app: server.app,
    close: async () => {
      for (const client of clients) client.close();
      await server.app.close();
      await opened.close();
      await testDatabase.drop();
      await rm(home, { recursive: true, force: true });
    },
  };
}

const FLEET = 'storewatch.v1.FleetService';
const SCHEDULES = 'storewatch.v1.SchedulesService';
const REFLECTION_PROTO = resolve('node_modules/@grpc/reflection/build/proto/grpc/reflection/v1/reflection.proto');

const definitions: PackageDefinition = {
  ...loadSync(
    readdirSync('proto/storewatch/v1')
      .filter((name) => name.endsWith('_service.proto'))
      .map((name) => `storewatch/v1/${name}`),
    { includeDirs: [resolve('proto')], longs: Number, defaults: true },
  ),
  ...loadSync(REFLECTION_PROTO),
};

function grpcClient(client: Client): GrpcClient {
  const unary = <Response>(
    service: string,
    name: string,
    request: object,
    options: CallOptions = {},
  ): Promise<Response> => {
    const { path, requestSerialize, responseDeserialize } = method<Response>(service, name);
    return new Promise((done, fail) => {
      client.makeUnaryRequest(path, requestSerialize, responseDeserialize, request, options, (error, response) => {
        if (error) fail(error);
        else done(response!);
      });
    });
  };
  const stream = <Response>(
    service: string,
    name: string,
    request: object,
    options: CallOptions = {},
  ): ClientReadableStream<Response> => {
    const { path, requestSerialize, responseDeserialize } = method<Response>(service, name);
    return client.makeServerStreamRequest(path, requestSerialize, responseDeserialize, request, options);
  };
  const openDownloadReport: GrpcClient['openDownloadReport'] = (request) =>
    stream('storewatch.v1.ReportsService', 'DownloadReport', request);
  const openIngestPolls: GrpcClient['openIngestPolls'] = () => {
    const { path, requestSerialize, responseDeserialize } = method<ingestion.IngestPollsResponse>(
      'storewatch.v1.IngestionService',
      'IngestPolls',
    );
    return client.makeBidiStreamRequest(path, requestSerialize, responseDeserialize);
  };
  return {
    triggerReport: (request) => unary('storewatch.v1.ReportsService', 'TriggerReport', request),
    getReport: (request) => unary('storewatch.v1.ReportsService', 'GetReport', request),
    listReports: (request) => unary('storewatch.v1.ReportsService', 'ListReports', request),
    downloadReport: async (request) =>
      (await openDownloadReport(request).toArray()) as reports.DownloadReportResponse[],
    openDownloadReport,
    openWatchReport: (request, options) => stream('storewatch.v1.ReportsService', 'WatchReport', request, options),
    deleteReport: (request) => unary('storewatch.v1.ReportsService', 'DeleteReport', request),
    ingestPolls: async (batches) => {
      const call = openIngestPolls();
      for (const polls of batches) call.write({ polls });
      call.end();
      return (await call.toArray()) as ingestion.IngestPollsResponse[];
    },
    openIngestPolls,
    listStores: (request) => unary('storewatch.v1.TimezonesService', 'ListStores', request),
    getStoreCalendar: (request) => unary('storewatch.v1.TimezonesService', 'GetStoreCalendar', request),
    setTimezone: (request) => unary('storewatch.v1.TimezonesService', 'SetTimezone', request),
    setBusinessHours: (request) => unary('storewatch.v1.TimezonesService', 'SetBusinessHours', request),
    removeTimezone: (request) => unary('storewatch.v1.TimezonesService', 'RemoveTimezone', request),
    setSpecialHours: (request) => unary('storewatch.v1.TimezonesService', 'SetSpecialHours', request),
    removeSpecialHours: (request) => unary('storewatch.v1.TimezonesService', 'RemoveSpecialHours', request),
    setStoreLife: (request) => unary('storewatch.v1.TimezonesService', 'SetStoreLife', request),
    updateStores: (request) => unary('storewatch.v1.TimezonesService', 'UpdateStores', request),
    listTimezones: () => unary('storewatch.v1.TimezonesService', 'ListTimezones', {}),
    getStoreTimeline: (request) => unary('storewatch.v1.TimelinesService', 'GetStoreTimeline', request),
    listOutages: (request) => unary('storewatch.v1.TimelinesService', 'ListOutages', request),
    listRecentOutages: (request, options) =>
      unary('storewatch.v1.TimelinesService', 'ListRecentOutages', request, options),
    getFleetSummary: (request) => unary(FLEET, 'GetFleetSummary', request),
    getFleetHeatmap: (request) => unary(FLEET, 'GetFleetHeatmap', request),
    openWatchFleet: (request) => stream(FLEET, 'WatchFleet', request),
    listSchedules: (request) => unary(SCHEDULES, 'ListSchedules', request),
    getSchedule: (request) => unary(SCHEDULES, 'GetSchedule', request),
    createSchedule: (request) => unary(SCHEDULES, 'CreateSchedule', request),
    updateSchedule: (request) => unary(SCHEDULES, 'UpdateSchedule', request),
    removeSchedule: (request) => unary(SCHEDULES, 'RemoveSchedule', request),
    listScheduleRuns: (request) => unary(SCHEDULES, 'ListScheduleRuns', request),
    getScheduleRun: (request) => unary(SCHEDULES, 'GetScheduleRun', request),
    runScheduleAgain: (request) => unary(SCHEDULES, 'RunScheduleAgain', request),
    reflect: async (questions) => {
      const { path, requestSerialize, responseDeserialize } = method<ReflectionAnswer>(
        'grpc.reflection.v1.ServerReflection',
        'ServerReflectionInfo',
      );
      const call = client.makeBidiStreamRequest(path, requestSerialize, responseDeserialize);
      const answers: ReflectionAnswer[] = [];
      call.on('data', (answer: ReflectionAnswer) => answers.push(answer));
      for (const question of questions) call.write(question);
      call.end();
      await once(call, 'end');
      return answers;
    },
  };
}

/** Every method of the program's services, by path. */
export const grpcMethods: ReadonlyMap<string, MethodDefinition<object, object>> = new Map(
  Object.entries(definitions)
    .filter(([name]) => /^storewatch\.v1\.\w+Service$/.test(name))
    .flatMap(([, service]) => Object.values(service as unknown as Record<string, MethodDefinition<object, object>>))
    .map((definition) => [definition.path, definition]),
);

function method<Response>(service: string, name: string): MethodDefinition<object, Response> {
  const methods = definitions[service] as unknown as Record<string, MethodDefinition<object, Response>>;
  return methods[name];
}
