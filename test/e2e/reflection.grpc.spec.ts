import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import descriptor from 'protobufjs/ext/descriptor/index.js';
import { type ReflectionQuestion, type Storewatch, startStorewatch } from './server.js';

let server: Storewatch;

beforeAll(async () => {
  server = await startStorewatch();
});
afterAll(() => server?.close());

describe('server reflection', () => {
  const SERVICES = [
    'grpc.health.v1.Health',
    ...[
      'FleetService',
      'IngestionService',
      'KeysService',
      'ReportsService',
      'SchedulesService',
      'TimelinesService',
      'TimezonesService',
    ].map((name) => `storewatch.v1.${name}`),
  ];

  it('lists every service, including health', async () => {
    const [answer] = await server.grpc.reflect([{ listServices: '*' }]);

    expect(answer?.listServicesResponse?.service.map(({ name }) => name).sort()).toEqual(SERVICES);
  });

  it('serves the file of every service and all its imports under their import names', async () => {
    const served = new Map<string, descriptor.IFileDescriptorProto>();
    let questions: ReflectionQuestion[] = SERVICES.map((name) => ({
      fileContainingSymbol: name,
    }));
    while (questions.length > 0) {
      const answers = await server.grpc.reflect(questions);
      expect(answers.map((answer) => answer.errorResponse?.errorMessage ?? 'served')).toEqual(
        Array.from(questions, () => 'served'),
      );
      const files = answers.flatMap((answer) => answer.fileDescriptorResponse?.fileDescriptorProto ?? []);
      for (const bytes of files) {
        const file = descriptor.FileDescriptorProto.decode(bytes) as unknown as descriptor.IFileDescriptorProto;
        served.set(file.name ?? '', file);
      }
      const wanted = new Set([...served.values()].flatMap((file) => file.dependency ?? []));
      questions = [...wanted].filter((name) => !served.has(name)).map((name) => ({ fileByFilename: name }));
    }

    expect([...served.keys()].sort()).toEqual([
      'google/protobuf/duration.proto',
      'google/protobuf/timestamp.proto',
      'health/v1/health.proto',
      'storewatch/v1/common.proto',
      'storewatch/v1/fleet_service.proto',
      'storewatch/v1/ingestion_service.proto',
      'storewatch/v1/keys_service.proto',
      'storewatch/v1/reports_service.proto',
      'storewatch/v1/schedules_service.proto',
      'storewatch/v1/timelines_service.proto',
      'storewatch/v1/timezones_service.proto',
    ]);
  });
});
