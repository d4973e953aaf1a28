import { setTimeout as sleep } from 'node:timers/promises';
import { MINUTE_MS } from '#libs/instant/instant.js';
import type { Scope } from '../../../src/edge/access/scope.js';
import { ReportMaker } from '../../../src/features/reports/make/report-maker.js';
import { DueRuns } from '../../../src/features/schedules/due-runs.js';
import { RunMaker } from '../../../src/features/schedules/run-maker.js';
import { SchedulesService } from '../../../src/features/schedules/schedules.service.js';
import { Roles } from '../../../src/platform/config/roles.js';
import { TurnedClock, bearing, newKey } from '../access.js';
import { type FileKind, type ImportBody, type ReportBody, sendFile, sendJson } from '../rest.js';
import { type Storewatch, startStorewatch } from '../server.js';

/** The filter of the key that is tested. */
export const LIMIT = 'tags.franchisee = acme';
const OTHER_LIMIT = 'tags.franchisee = secret';
export const INSIDE = 'in-1';
/** A store outside the limit, in the second world only. Everything outside has "secret" in its name. */
export const OUTSIDE = 'secret-1';
/** The idempotency key of reports outside. */
export const SHARED_KEY = 'same-key';

/** What the tested key made: two of each, one for each transport. */
export interface Made {
  /** Complete. */
  readonly reports: readonly string[];
  /** Without a worker, they stay Running. */
  readonly running: readonly string[];
  readonly imports: readonly string[];
  readonly schedules: readonly string[];
  readonly runId: string;
}

export interface World {
  readonly server: Storewatch;
  /** The tested key: with LIMIT and every scope. */
  readonly key: string;
  readonly made: Made;
}

/** Of other keys, in the second world only. */
export interface Hidden {
  readonly report: string;
  readonly reportOfOtherLimit: string;
  readonly import: string;
  readonly schedule: string;
  readonly runId: string;
}

/** Two servers with the same stores inside LIMIT. Only the second one has stores and other things outside. */
export interface Worlds {
  readonly without: World;
  readonly with: World;
  readonly hidden: Hidden;
  close(): Promise<void>;
}

const clock = new TurnedClock();

/** Lists are in the order of time, so nothing may be made at the same instant. */
export const turn = (): void => clock.turn(1_000);

const ALL: Scope[] = ['ingest', 'read', 'admin'];

export async function startWorlds(): Promise<Worlds> {
  const servers: Storewatch[] = [];
  for (let i = 0; i < 2; i++) {
    servers.push(await startStorewatch({ API_KEYS: 'on' }, { clock, roles: Roles.parse('api') }));
  }
  const polledMs = clock.nowMs() - 10 * MINUTE_MS;
  for (const server of servers) await load(server, await newKey(server, ALL), ['in-1', 'in-2'], 'acme', polledMs);
  const [, second] = servers;
  await load(second, await newKey(second, ALL), ['secret-1', 'secret-2', 'secret-3'], 'secret', polledMs);
  clock.turn(MINUTE_MS);
  const unlimited = await newKey(second, ALL);
  const otherLimit = await newKey(second, ALL, undefined, OTHER_LIMIT);
  const report = await makeReport(second, unlimited, { 'Idempotency-Key': SHARED_KEY });
  const reportOfOtherLimit = await makeReport(second, otherLimit, { 'Idempotency-Key': SHARED_KEY });
  const hiddenImport = await sendRows(second, unlimited, 'store_timezones', 'store_id,timezone_str\nsecret-1,secret\n');
  const schedule = 'secret-schedule';
  await newSchedule(second, unlimited, schedule);
  const keys = await Promise.all(servers.map((server) => newKey(server, ALL, undefined, LIMIT)));
  const made = await makeOwn(servers, keys);
  clock.turn(MINUTE_MS);
  for (const { app } of servers) await app.get(DueRuns).queueDue();
  const runId = await makeRun(second, schedule);
  for (const name of made[0].schedules) {
    for (const server of servers) await makeRun(server, name);
    turn();
  }
  const world = (i: number): World => ({
    server: servers[i],
    key: keys[i],
    made: { ...made[i], runId },
  });
  return {
    without: world(0),
    with: world(1),
    hidden: { report, reportOfOtherLimit, import: hiddenImport, schedule, runId },
    close: async () => {
      for (const server of servers) await server.close();
    },
  };
}

async function load(
  server: Storewatch,
  key: string,
  storeIds: readonly string[],
  franchisee: string,
  lastMs: number,
): Promise<void> {
  const rows = (header: string, row: (storeId: string) => string): string =>
    `${header}\n${storeIds.map(row).join('\n')}\n`;
  const stores = rows('store_id,name,franchisee,of', (id) => `${id},Shop of ${franchisee} ${id},${franchisee},${id}`);
  await sendRows(server, key, 'stores', stores);
  const hours = rows('store_id,day,start_time_local,end_time_local', (id) => `${id},0,00:00:00,00:00:00`);
  await sendRows(server, key, 'business_hours', hours);
  const polls = Array.from({ length: 30 }, (_, i) => {
    const at = new Date(lastMs - i * 60 * MINUTE_MS).toISOString();
    return storeIds.map((id) => `${id},${i % 4 === 1 ? 'inactive' : 'active'},${at}`).join('\n');
  });
  await sendRows(server, key, 'store_status', `store_id,status,timestamp_utc\n${polls.join('\n')}\n`);
}

async function sendRows(server: Storewatch, key: string, kind: FileKind, text: string): Promise<string> {
  const answer = await sendFile(server, kind, text, bearing(key));
  const body = answer.json() as ImportBody & { import?: ImportBody };
  return body.import_id ?? body.import!.import_id;
}

/** By server. Each step is made in both at the same time of the clock. */
async function makeOwn(servers: readonly Storewatch[], keys: readonly string[]): Promise<Omit<Made, 'runId'>[]> {
  const each = async <T>(make: (server: Storewatch, key: string) => Promise<T>): Promise<T[]> => {
    const made: T[] = [];
    for (const [i, server] of servers.entries()) made.push(await make(server, keys[i]));
    turn();
    return made;
  };
  const rows = 'store_id,timezone_str\nin-1,America/New_York\nin-2,nowhere\nnobody,Asia/Tokyo\n';
  const reports = [await each(makeReport), await each(makeReport)];
  const running = [await each(newReport), await each(newReport)];
  const send = (server: Storewatch, key: string): Promise<string> => sendRows(server, key, 'store_timezones', rows);
  const imports = [await each(send), await each(send)];
  const schedules = ['mine-1', 'mine-2'];
  for (const name of schedules) await each((server, key) => newSchedule(server, key, name));
  return servers.map((_, i) => ({
    reports: reports.map((ids) => ids[i]),
    running: running.map((ids) => ids[i]),
    imports: imports.map((ids) => ids[i]),
    schedules,
  }));
}

async function newReport(
  server: Storewatch,
  key: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<string> {
  const answer = await sendJson(server, 'POST', '/v1/reports', {}, { ...bearing(key), ...headers });
  return (answer.json() as ReportBody).report_id;
}

async function makeReport(server: Storewatch, key: string, headers?: Record<string, string>): Promise<string> {
  const id = await newReport(server, key, headers);
  await server.app.get(ReportMaker).make({ id });
  return id;
}

async function newSchedule(server: Storewatch, key: string, name: string): Promise<void> {
  const body = { name, cron: '* * * * *', format: 'json' };
  await sendJson(server, 'POST', '/v1/schedules', body, bearing(key));
}

/** Makes the newest run of a schedule. @returns its id */
async function makeRun({ app }: Storewatch, schedule: string): Promise<string> {
  const service = app.get(SchedulesService);
  const [run] = (await service.listRuns(schedule, 1)).items;
  const making = app.get(RunMaker).make(run, AbortSignal.timeout(60_000));
  let reportId: string | null | undefined;
  while (!reportId) {
    await Promise.race([making, sleep(20)]);
    ({ reportId } = await service.findRun(schedule, run.runId));
  }
  await app.get(ReportMaker).make({ id: reportId });
  await making;
  return run.runId;
}

/** Everything outside the limit that requests could change. */
export async function outside({ pool }: Storewatch): Promise<object> {
  const read = async (text: string): Promise<object[]> => (await pool.query(text)).rows as object[];
  const ofStores = "store_id in (select id from store where external_id like 'secret%')";
  return {
    stores: await read(`select * from store where external_id like 'secret%' order by id`),
    hours: await read(`select * from business_hours where ${ofStores} order by 1, 2, 3`),
    specialHours: await read(`select * from special_hours where ${ofStores} order by 1, 2`),
    polls: await read(`select * from poll where ${ofStores} order by 1, 2`),
    reports: await read(`select * from report where limited_to is distinct from '${LIMIT}' order by id`),
    schedules: await read(`select * from schedule where limited_to is null order by name`),
    runs: await read(`select * from schedule_run where schedule like 'secret%' order by due_at`),
    imports: await read(`select * from import where limited_to is distinct from '${LIMIT}' order by id`),
    keys: await read(`select id, name, revoked_at, secret_hash from api_key order by id`),
  };
}
