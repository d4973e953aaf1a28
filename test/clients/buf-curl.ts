import { setTimeout as sleep } from 'node:timers/promises';
import { equal, matches } from './checks.js';
import { type Ended, type Running, run, start } from './running.js';
import type { World } from './world.js';

const GRPC = ['curl', '--protocol', 'grpc', '--http2-prior-knowledge'];
const SERVICES = [
  'grpc.health.v1.Health',
  'storewatch.v1.IngestionService',
  'storewatch.v1.ReportsService',
  'storewatch.v1.TimelinesService',
  'storewatch.v1.TimezonesService',
];

/** It knows only what reflection returns. */
const buf = ({ scope, server, key }: World, path: string, ...args: string[]): Promise<Ended> =>
  run(scope, 'buf', [...GRPC, '-H', `authorization: Bearer ${key}`, ...args, `http://${server.grpc}${path}`]);

async function call<Response>(world: World, method: string, request: object): Promise<Response> {
  const { code, out, err } = await buf(world, `/storewatch.v1.${method}`, '-d', JSON.stringify(request));
  equal(code, 0, err);
  return JSON.parse(out) as Response;
}

interface ReportAnswer {
  report: { reportId: string; status: string };
}

/** The health status as a Watch stream sees it. The stream ends when the server stops. */
export const watchHealth = ({ scope, server }: World): Running =>
  start(scope, 'buf', [...GRPC, `http://${server.grpc}/grpc.health.v1.Health/Watch`]);

export async function bufCurlChecks(world: World): Promise<void> {
  const { checks, scope, server } = world;
  for (const protocol of ['grpc-v1', 'grpc-v1alpha']) {
    await checks.check(`buf curl: reflection lists the services (${protocol})`, async () => {
      const { out, err } = await buf(world, '', '--reflect-protocol', protocol, '--list-services');
      const listed = out.split('\n').filter((line) => line !== '');
      equal(
        SERVICES.filter((name) => !listed.includes(name)),
        [],
        out + err,
      );
    });
  }
  await checks.check('buf curl: reflection lists the methods', async () => {
    const { out } = await buf(world, '', '--list-methods');
    for (const method of [
      'ReportsService/DownloadReport',
      'IngestionService/IngestPolls',
      'TimelinesService/ListOutages',
    ]) {
      matches(out, new RegExp(`^storewatch\\.v1\\.${method}$`, 'm'));
    }
    matches(out, /^grpc\.health\.v1\.Health\/List$/m);
  });
  await checks.check('buf curl: health needs no key', async () => {
    const check = async (name: string): Promise<Ended> =>
      run(scope, 'buf', [
        ...GRPC,
        '-d',
        JSON.stringify({ service: name }),
        `http://${server.grpc}/grpc.health.v1.Health/Check`,
      ]);
    for (const name of ['', 'storewatch.v1.ReportsService']) {
      equal(JSON.parse((await check(name)).out), { status: 'SERVING' });
    }
    matches((await check('nobody')).err, /"code": "not_found"/);
  });
  await checks.check('buf curl: other methods need a key', async () => {
    const { err } = await run(scope, 'buf', [
      ...GRPC,
      `http://${server.grpc}/storewatch.v1.TimezonesService/ListTimezones`,
    ]);
    matches(err, /"code": "unauthenticated"/);
  });
  await checks.check('buf curl: streams polls, one batch per message', async () => {
    const polls = [{ storeId: 'buf-store', status: 'STORE_STATUS_ACTIVE', polledAt: '2026-01-12T15:14:00Z' }];
    const batches = `${JSON.stringify({ polls })}\n${JSON.stringify({ polls })}`;
    const { out, err } = await buf(world, '/storewatch.v1.IngestionService/IngestPolls', '-d', batches);
    equal(out.replace(/\s/g, ''), '{"batch":1,"read":1,"accepted":1}{"batch":2,"read":1,"duplicate":1}', err);
  });
  await checks.check('buf curl: creates a report and downloads its file', async () => {
    const asked = await call<ReportAnswer>(world, 'ReportsService/TriggerReport', {});
    const { reportId } = asked.report;
    for (let { report } = asked; report.status !== 'REPORT_STATUS_COMPLETE'; await sleep(200)) {
      equal(report.status, 'REPORT_STATUS_RUNNING');
      ({ report } = await call<ReportAnswer>(world, 'ReportsService/GetReport', { reportId }));
    }
    const path = '/storewatch.v1.ReportsService/DownloadReport';
    const { out } = await buf(world, path, '-d', JSON.stringify({ reportId }));
    const [, data] = /"data":\s*"([^"]+)"/.exec(out) ?? [];
    matches(Buffer.from(data ?? '', 'base64').toString(), /^store_id,uptime_last_hour\(in minutes\),/);
  });
  await checks.check('buf curl: an invalid request is rejected with a message', async () => {
    const { err } = await buf(world, '/storewatch.v1.ReportsService/GetReport', '-d', '{"reportId": "seven"}');
    matches(err, /"code": "invalid_argument"/);
    matches(err, /seven/);
  });
}
