import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { INestApplicationContext } from '@nestjs/common';
import { Settings } from '../../src/platform/config/settings.js';
import type { Database } from '../../src/platform/database/database.js';
import { FleetService } from '../../src/features/fleet/fleet.service.js';
import { FleetSnapshots } from '../../src/features/fleet/fleet-snapshots.js';
import type { FileKind } from '#libs/file-kind.js';
import type { Import } from '../../src/features/ingestion/imports/import.entity.js';
import { Importer } from '../../src/features/ingestion/imports/importer.js';
import { PollsService } from '../../src/features/polls/polls.service.js';
import { createContext, openDatabase } from '../../src/app/process-context.js';
import { PollsRepository } from '../../src/features/polls/polls.repository.js';
import { ReportMaker } from '../../src/features/reports/make/report-maker.js';
import type { ReportOptions } from '../../src/features/reports/request/report-options.js';
import { ReportRequests } from '../../src/features/reports/request/report-requests.js';
import { ReportsService } from '../../src/features/reports/reports.service.js';
import { RollupsService } from '../../src/features/rollups/rollups.service.js';
import { WeekRetention } from '../../src/features/rollups/week-retention.js';
import { RecentOutagesService } from '../../src/features/timelines/recent-outages.service.js';
import { TimelinesService } from '../../src/features/timelines/timelines.service.js';
import { TimezonesService } from '../../src/features/timezones/timezones.service.js';
import { createTestDatabase } from '../setup/test-database.js';

/** The whole program over its own database, without ports and job queue. */
export interface Program {
  /** For tests that need more than the default. */
  readonly context: INestApplicationContext;
  readonly database: Database;
  readonly polls: PollsService;
  /** From now on, batches of more polls than this are written as days, like those of large files. */
  setMaxHeadPolls(count: number): void;
  readonly timezones: TimezonesService;
  readonly rollups: RollupsService;
  readonly weeks: WeekRetention;
  readonly timelines: TimelinesService;
  readonly recentOutages: RecentOutagesService;
  /** The state of all stores, recomputed. */
  freshFleet(): FleetService;
  load(kind: FileKind, csv: string): Promise<Import>;
  /** The file of a new report. */
  report(options?: ReportOptions): Promise<string>;
  /** Removes all facts and everything derived from them. Later stores need new names, because their ids are cached. */
  forget(): Promise<void>;
  /** Every hourly rollup, one line each, ordered by store and hour. */
  rollupRows(): Promise<string[]>;
  close(): Promise<void>;
}

/** @param beside the program whose database this one shares, as another process would; close it last */
export async function openProgram(environment: Record<string, string> = {}, beside?: Program): Promise<Program> {
  const testDatabase = beside ? { url: beside.database.url, drop: async () => {} } : await createTestDatabase();
  const home = await mkdtemp(join(tmpdir(), 'storewatch-program-'));
  const settings = Settings.from({
    DATABASE_URL: testDatabase.url,
    STOREWATCH_HOME: home,
    LOG_LEVEL: 'error',
    ...environment,
  });
  const { database, close } = await openDatabase(settings);
  const context = await createContext(settings, database);
  const reports = context.get(ReportsService);
  return {
    context,
    database,
    polls: context.get(PollsService),
    setMaxHeadPolls: (count) => void Reflect.set(context.get(PollsRepository), 'maxHeadPolls', count),
    timezones: context.get(TimezonesService),
    rollups: context.get(RollupsService),
    weeks: context.get(WeekRetention),
    timelines: context.get(TimelinesService),
    recentOutages: context.get(RecentOutagesService),
    freshFleet() {
      (Reflect.get(context.get(FleetSnapshots), 'cached') as Map<string, unknown>).clear();
      return context.get(FleetService);
    },
    load: (kind, csv) => context.get(Importer).importFile(kind, 'test', Readable.from([Buffer.from(csv)])),
    async report(options = {}) {
      const report = await context.get(ReportMaker).make(await context.get(ReportRequests).create(options));
      return readFile(reports.location(report), 'utf8');
    },
    async forget() {
      const tables =
        'status_poll, status_day, uptime_day, rollup_due, poll_extent, rollup_block, business_hours, special_hours, store';
      await database.pool.query(`truncate ${tables} restart identity`);
      await database.pool.query("update rollup_state set sealed_to = null, sealed_polls_to = '-infinity'");
      await database.pool.query('update calendar_state set version = gen_random_uuid()');
      // Partitions are created again too.
      const { rows } = await database.pool.query(
        `select inhrelid::regclass::text as name from pg_inherits
         where inhparent in ('status_day'::regclass, 'uptime_day'::regclass)`,
      );
      const partitions = rows.map(({ name }: { name: string }) => name);
      if (partitions.length > 0) await database.pool.query(`drop table ${partitions.join(', ')}`);
    },
    async rollupRows() {
      const { rows } = await database.pool.query(
        `select concat_ws(' ', external_id, hour, open_ms, up_ms, down_ms, carried_up_ms, carried_down_ms, polls) as line
         from uptime_hour join store on store.id = store_id
         union all
         select concat_ws(' ', external_id, day, 'sum', open_ms, up_ms, down_ms, carried_up_ms, carried_down_ms, polls,
           hour_count, last_polled_at, last_active)
         from uptime_day join store on store.id = store_id`,
      );
      return rows.map((row: { line: string }) => row.line).sort();
    },
    async close() {
      await context.close();
      await close();
      await testDatabase.drop();
      await rm(home, { recursive: true, force: true });
    },
  };
}
