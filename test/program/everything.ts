import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { OpenAPIObject } from '@nestjs/swagger';
import { loadSample } from '../../src/commands/sample.js';
import { Exposition } from '../../src/app/observability/exposition.js';
import { ApiKeysService } from '../../src/edge/access/api-keys.service.js';
import { readStoreFilter } from '../../src/edge/filter/store-filter.js';
import { SORTS } from '../../src/features/fleet/fleet-query.js';
import { STORE_STATES } from '../../src/features/fleet/store-state.js';
import { TO_SHARDS } from '../../src/platform/database/block-layout.js';
import { convertPolls } from '../../src/features/polls/convert-poll-rows.js';
import { PollsRepository } from '../../src/features/polls/polls.repository.js';
import { ReportInputsRepository } from '../../src/features/reports/make/report-inputs.repository.js';
import { ReportMaker } from '../../src/features/reports/make/report-maker.js';
import { ReportsService } from '../../src/features/reports/reports.service.js';
import { RetentionService } from '../../src/features/retention/retention.service.js';
import { DueRuns } from '../../src/features/schedules/due-runs.js';
import { RunMaker } from '../../src/features/schedules/run-maker.js';
import { SchedulesService } from '../../src/features/schedules/schedules.service.js';
import { Roles } from '../../src/platform/config/roles.js';
import { migrate } from '../../src/platform/database/orm.js';
import { Documented } from '../e2e/documented.js';
import { send } from '../e2e/rest.js';
import { startStorewatch } from '../e2e/server.js';
import type { Program } from './program.js';
import { runHere } from './run-here.js';

/** The settings of a program that does everything. */
export const EVERYTHING = { KEEP_POLLS_FOR: '14d' };

const at = (day: number, hour: number, minute = 5): number => Date.UTC(2026, 9, day, hour, minute);
const text = (ms: number): string => new Date(ms).toISOString();
const csv = (rows: string[]): string => `store_id,status,timestamp_utc\n${rows.join('\n')}\n`;
const line = (storeId: string, ms: number, status: string): string =>
  `${storeId},${status},${text(ms).replace('T', ' ').replace('Z', ' UTC')}`;

/**
 * Does everything that the program does with stores, polls and hours, so that its statements can be recorded. The
 * database is empty before.
 */
export async function doEverything(program: Program): Promise<void> {
  await ingest(program);
  await readFleet(program);
  await readStores(program);
  await report(program);
  await program.context.get(Exposition).text();
  await removeWeeks(program);
  await workOnSchedules(program);
  await serveAndCommand(program);
  for (const dryRun of [true, false]) await program.context.get(RetentionService).prune(dryRun);
  await cutAlongShards(program);
}

/** Files of every kind, into the head and into days, new and late, and roll-ups of all of it. */
async function ingest(program: Program): Promise<void> {
  const { polls, rollups } = program;
  const days = [5, 6, 7, 12, 13];
  const hours = Array.from({ length: 24 }, (_, hour) => hour);
  const rows = ['a', 'b', 'c'].flatMap((storeId) =>
    days.flatMap((day) => hours.map((hour) => line(storeId, at(day, hour), hour % 3 === 0 ? 'inactive' : 'active'))),
  );
  await program.load('store_status', csv(rows)); // into new weeks
  await rollups.bringUpToDate();
  await program.load('business_hours', 'store_id,day,start_time_local,end_time_local\na,0,09:00:00,17:00:00\n');
  await program.load('store_timezones', 'store_id,timezone_str\nb,Asia/Tokyo\nb,Asia/Tokyo\n');
  await program.load('special_hours', 'store_id,date,start_time_local,end_time_local\nb,2026-10-06,10:00,12:00\n');
  await program.load('stores', 'store_id,name,region\na,Corner Shop,North\n');
  await program.load('store_life', 'store_id,opened_on,closed_on\nc,2026-10-05,\n');
  await polls.ingest([{ storeId: 'b', active: false, polledAtMs: at(6, 10, 30) }]); // late
  await polls.ingest([{ storeId: 'b', active: true, polledAtMs: at(6, 11) }]); // known, in a day
  // An existing week, and one known poll more than a single INSERT takes.
  const many = Array.from({ length: 20_001 }, (_, i) => line('d', at(6, 0, 0) + i * 1_000, 'active'));
  await program.load('store_status', csv([...many, line('a', at(5, 1), 'inactive')]));
  await rollups.bringUpToDate();
  // Later than all others, so they are copied.
  const copied = Array.from({ length: 1_000 }, (_, i) => ({
    storeId: `live-${i}`,
    active: true,
    polledAtMs: at(14, 1),
  }));
  await polls.ingest(copied);
  await polls.ingest([{ storeId: 'a', active: true, polledAtMs: at(14, 2) }]); // few: inserted
  await polls.ingest(copied); // known, in the head
  await polls.ingest([{ storeId: 'c', active: false, polledAtMs: at(7, 1, 30) }]); // late, and not rolled up yet
}

/** The last step of a distribution, and polls that are added after it. */
async function cutAlongShards({ context, database, polls, rollups }: Program): Promise<void> {
  for (const statement of TO_SHARDS) await database.pool.query(statement);
  Reflect.set(context.get(PollsRepository), 'layout', undefined); // as in a process that starts after it
  await polls.ingest([{ storeId: 'a', active: true, polledAtMs: at(14, 3) }]);
  await rollups.bringUpToDate();
}

/**
 * Opens a database of the version before store-days, with polls. @returns a function that converts them, as a start of
 * the program does
 */
export async function oldPolls(program: Program): Promise<() => Promise<void>> {
  await program.load('store_status', csv([line('a', at(5, 1), 'active'), line('a', at(12, 1), 'inactive')]));
  const { migrator } = program.database.orm;
  await migrator.down({ to: 'Migration20261129210000_hours_past_midnight' });
  // As retention leaves the weeks before a Monday.
  await program.database.pool.query(
    `alter table status_poll detach partition status_poll_20261005;
     alter table status_poll_20261005 rename to status_poll_before_20261012;
     alter table status_poll attach partition status_poll_before_20261012 for values from (minvalue) to ('2026-10-12Z')`,
  );
  await migrate(program.database.orm);
  return () => convertPolls(program.database.pool);
}

async function readFleet(program: Program): Promise<void> {
  for (const basis of ['all', 'observed']) {
    await program.freshFleet().summary({ basis, groupBy: ['tags.region'] });
    await program.freshFleet().summary({ basis, asOf: text(at(12, 6, 20)) });
    for (const sort of SORTS) {
      for (const state of [undefined, ...STORE_STATES]) {
        for (const filter of [{}, { q: 'a' }, { timezone: 'Asia/Tokyo' }, { filter: 'state = up OR store_id:a' }]) {
          await program.freshFleet().heatmap({ basis, sort, state, ...filter, pageSize: '2' });
        }
      }
    }
  }
  const window = { from: text(at(6, 1)), to: text(at(12, 6)), pageSize: '1' };
  const { nextPageToken } = await program.freshFleet().heatmap(window);
  await program.freshFleet().heatmap({ ...window, pageToken: nextPageToken });
}

async function readStores({ timelines, recentOutages, timezones }: Program): Promise<void> {
  for (const storeId of ['a', 'b', 'c', 'live-1']) {
    await timelines.timeline(storeId, undefined, undefined); // That of storewatch explain too.
    await timelines.timeline(storeId, text(at(5, 0)), text(at(7, 0)));
    const { next } = await timelines.outagePage(storeId, 1, { from: text(at(5, 0)), to: text(at(13, 9)) });
    if (next) await timelines.outagePage(storeId, 1, { start: next });
  }
  const { next } = await recentOutages.page(1, { since: text(at(5, 9)), asOf: text(at(13, 9)) });
  await recentOutages.page(10, { start: next });
  await recentOutages.page(10);
  await recentOutages.page(10, { filter: 'store_id = a' });
  await timezones.listStores('', 2);
  await timezones.listStores('a', 2);
  await timezones.listStores('', 2, readStoreFilter('store_id:a'));
  await timezones.setTimezone('b', 'Europe/Berlin');
  await timezones.removeTimezone('b');
  await timezones.setBusinessHours('b', []);
  await timezones.setSpecialHours('b', '2026-10-07', []);
  await timezones.removeSpecialHours('b', '2026-10-07');
  await timezones.setLife('c', null, '2026-12-31');
  await timezones.unknownStores(['a', 'nobody']);
  // The warnings of storewatch load:
  await timezones.storesWithoutZone(3);
  await timezones.storesWithOtherZone(3);
  await timezones.similarIds(3);
}

async function report(program: Program): Promise<void> {
  await program.report(); // with stores that have invalidated hours
  await program.report({ stores: ['a'], basis: 'observed', format: 'ndjson', columns: ['name'] });
  await program.report({ asOf: text(at(12, 6, 20)) });
  const windows = [
    { name: 'one', from: text(at(5, 6, 20)), to: text(at(7, 6, 20)) },
    { name: 'two', from: text(at(6, 0, 0)), to: text(at(12, 0, 0)) },
  ];
  await program.report({ windows });
  const inputs = program.context.get(ReportInputsRepository);
  Reflect.set(inputs, 'storesPerPart', 2);
  await program.report(); // in parts
  await program.report({ filter: '-store_id = a' });
  Reflect.set(inputs, 'storesPerPart', 20_000);
  await program.polls.ingest([{ storeId: 'c', active: false, polledAtMs: at(7, 1, 40) }]);
  await program.report({ windows, stores: ['b', 'c'], filter: 'tags:brand OR name:* OR store_id = b' });
}

async function removeWeeks(program: Program): Promise<void> {
  const { polls, rollups, weeks } = program;
  await weeks.prune(at(27, 0), true);
  await polls.ingest([{ storeId: 'a', active: false, polledAtMs: at(7, 3, 50) }]); // In the head when its week is removed.
  await weeks.prune(at(27, 0), false); // The week of the 5th is dropped.
  await polls.ingest([{ storeId: 'a', active: false, polledAtMs: at(12, 0, 30) }]); // first hour after the horizon
  await rollups.bringUpToDate();
  await program.report({ asOf: text(at(19, 1)) });
}

/** Requests and makes a run of a schedule. */
async function workOnSchedules(program: Program): Promise<void> {
  const schedules = program.context.get(SchedulesService);
  const { pool } = program.database;
  await schedules.create('often', { cron: '* * * * *', stores: ['a'] });
  await pool.query(`update schedule set due_after = due_after - interval '1 minute'`);
  await program.context.get(DueRuns).queueDue();
  const [run] = (await schedules.listRuns('often', 1)).items;
  const making = program.context.get(RunMaker).make(run, AbortSignal.timeout(60_000));
  let { reportId } = run;
  for (; !reportId; { reportId } = await schedules.findRun('often', run.runId)) await sleep(20);
  await program.context.get(ReportMaker).make(await program.context.get(ReportsService).find(reportId));
  const made = await making;
  if (!made?.artifactKey.startsWith('often/')) throw new Error(`The run wrote ${made?.artifactKey}.`);
  await schedules.failAbandonedRuns();
}

/** A server that gets every request of openapi.json, and the commands that read the database. */
async function serveAndCommand(program: Program): Promise<void> {
  const document = new Documented(JSON.parse(await readFile('openapi.json', 'utf8')) as OpenAPIObject);
  const server = await startStorewatch({}, { url: program.database.url, roles: Roles.all });
  try {
    await loadSample(server.app, Roles.all, () => {});
    const requests = document.requests();
    for (const isDelete of [false, true]) {
      for (const { verb, path, type, body } of requests.filter((each) => (each.verb === 'DELETE') === isDelete)) {
        await send(server, path, {
          method: verb,
          ...(type !== undefined && { headers: { 'Content-Type': type } }),
          ...(body !== undefined && { body }),
        });
      }
    }
    const keys = server.app.get(ApiKeysService);
    const { text: secret, key } = await keys.create('key', ['read'] as Parameters<ApiKeysService['create']>[1]);
    await keys.verify(secret);
    await keys.list();
    await keys.revoke(key.id);
    const where = {
      env: { ...process.env, DATABASE_URL: program.database.url, STOREWATCH_HOME: server.home },
      cwd: server.home,
    };
    for (const command of [['doctor'], ['explain', 'a'], ['keys', 'list'], ['schedules', 'list']]) {
      const { err } = await runHere(where, ...command);
      if (err !== '') throw new Error(`storewatch ${command.join(' ')}: ${err}`);
    }
  } finally {
    await server.close();
  }
}
