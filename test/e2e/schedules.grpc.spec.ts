import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { status } from '@grpc/grpc-js';
import { Basis } from '../../src/generated/storewatch/v1/common.js';
import { ReportFormat } from '../../src/generated/storewatch/v1/reports_service.js';
import { ScheduleRunStatus } from '../../src/generated/storewatch/v1/schedules_service.js';
import { SchedulesTasks } from '../../src/features/schedules/schedules.tasks.js';
import { TurnedClock } from './access.js';
import { sendJson } from './rest.js';
import { type Storewatch, startStorewatch } from './server.js';

let server: Storewatch;
const clock = new TurnedClock();

beforeAll(async () => {
  server = await startStorewatch({}, { clock });
  const at = new Date(clock.nowMs() - 3_600_000).toISOString();
  await sendJson(server, 'POST', '/v1/polls', { polls: [{ store_id: 's', status: 'active', timestamp_utc: at }] });
});
afterAll(() => server?.close());

it('behaves over gRPC as over REST', async () => {
  const { grpc } = server;
  const report = {
    basis: Basis.BASIS_OBSERVED,
    format: ReportFormat.REPORT_FORMAT_NDJSON,
    stores: ['s'],
    filter: 'store_id = s',
    windows: [{ name: 'three_days', duration: { seconds: 259_200, nanos: 0 } }],
    columns: [],
    groupBy: ['tags.region'],
  };
  const request = { name: 'nightly', cron: '0 2 * * *', timezone: 'America/Chicago', report };
  const { schedule } = await grpc.createSchedule(request);
  expect(schedule).toMatchObject({ ...request, report, destination: 'nightly', gzip: false, enabled: true });
  expect((await grpc.getSchedule({ name: 'nightly' })).schedule).toEqual(schedule);
  expect(await grpc.listSchedules({ pageSize: 1 })).toEqual({ schedules: [schedule], nextPageToken: '' });

  const changed = await grpc.updateSchedule({ name: 'nightly', gzip: true });
  expect(changed.schedule).toEqual({ ...schedule, gzip: true });
  const plain = await grpc.updateSchedule({ name: 'nightly', gzip: false, report: {} as never });
  expect(plain.schedule!.report).toEqual({
    basis: Basis.BASIS_ALL,
    format: ReportFormat.REPORT_FORMAT_CSV,
    stores: [],
    filter: '',
    windows: [],
    columns: [],
    groupBy: [],
  });

  clock.turn(2 * 86_400_000);
  await server.app.get(SchedulesTasks).queueDue();
  const runs = async (): Promise<object[]> => (await grpc.listScheduleRuns({ schedule: 'nightly' })).runs;
  const isRunning = (run: object): boolean =>
    Reflect.get(run, 'status') === ScheduleRunStatus.SCHEDULE_RUN_STATUS_RUNNING;
  while ((await runs()).some(isRunning)) await sleep(20);
  const page = await grpc.listScheduleRuns({ schedule: 'nightly', pageSize: 1 });
  const [run] = page.runs;
  expect(run).toMatchObject({
    schedule: 'nightly',
    status: ScheduleRunStatus.SCHEDULE_RUN_STATUS_COMPLETE,
    attempts: 1,
    error: '',
    artifact: { key: `nightly/${run.runId}/report.csv`, sha256: expect.stringMatching(/^[\da-f]{64}$/) },
  });
  const next = await grpc.listScheduleRuns({ schedule: 'nightly', pageToken: page.nextPageToken });
  expect(next.runs).toHaveLength(1);
  expect(next.nextPageToken).toBe('');
  expect((await grpc.getScheduleRun({ schedule: 'nightly', runId: run.runId })).run).toEqual(run);

  const again = await grpc.runScheduleAgain({ schedule: 'nightly', runId: run.runId });
  expect(again.run).toMatchObject({
    status: ScheduleRunStatus.SCHEDULE_RUN_STATUS_RUNNING,
    reportId: '',
    artifact: run.artifact,
  });
  while ((await runs()).some(isRunning)) await sleep(20);

  expect(await grpc.removeSchedule({ name: 'nightly' })).toEqual({});
  const gone = { code: status.NOT_FOUND, details: 'There is no schedule "nightly".' };
  await expect(grpc.getSchedule({ name: 'nightly' })).rejects.toMatchObject(gone);
  await expect(grpc.runScheduleAgain({ schedule: 'nightly', runId: run.runId })).rejects.toMatchObject(gone);
});

it('accepts the short forms of crontab(5)', async () => {
  const { schedule } = await server.grpc.createSchedule({ name: 'monthly', cron: '@monthly' });
  expect(schedule).toMatchObject({ cron: '0 0 1 * *', nextDueAt: { nanos: 0 } });
  expect((await server.grpc.updateSchedule({ name: 'monthly', cron: '@weekly' })).schedule!.cron).toBe('0 0 * * 0');
});

it('reports errors', async () => {
  const { grpc } = server;
  await expect(grpc.createSchedule({ name: 'x', cron: '0 2 * *' })).rejects.toMatchObject({
    code: status.INVALID_ARGUMENT,
    details: expect.stringContaining('must have the five fields'),
  });
  await expect(grpc.createSchedule({ name: 'x', cron: '@reboot' })).rejects.toMatchObject({
    code: status.INVALID_ARGUMENT,
    details: expect.stringContaining('"@reboot" means system startup'),
  });
  const window = { name: 'x', duration: { seconds: 1, nanos: 500_000_000 } };
  const report = { basis: 7, format: 0, stores: [], filter: '', windows: [window], columns: [], groupBy: [] };
  await expect(grpc.createSchedule({ name: 'x', cron: '0 2 * * *', report })).rejects.toMatchObject({
    code: status.INVALID_ARGUMENT,
    details: 'basis must be all or observed, got "7".',
  });
  await grpc.createSchedule({ name: 'x', cron: '0 2 * * *', disabled: true });
  await expect(grpc.createSchedule({ name: 'x', cron: '0 2 * * *' })).rejects.toMatchObject({
    code: status.ALREADY_EXISTS,
  });
});
