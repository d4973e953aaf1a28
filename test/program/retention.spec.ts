import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { INestApplicationContext } from '@nestjs/common';
import { Clock } from '../../src/platform/clock/clock.js';
import { Settings } from '../../src/platform/config/settings.js';
import { createContext, openDatabase } from '../../src/app/process-context.js';
import type { Database } from '../../src/platform/database/database.js';
import { Importer } from '../../src/features/ingestion/imports/importer.js';
import { ImportsService } from '../../src/features/ingestion/imports/imports.service.js';
import { Jobs } from '../../src/platform/jobs/jobs.js';
import { ReportMaker } from '../../src/features/reports/make/report-maker.js';
import { ReportRequests } from '../../src/features/reports/request/report-requests.js';
import { ReportsService } from '../../src/features/reports/reports.service.js';
import { RetentionService } from '../../src/features/retention/retention.service.js';
import { Storage } from '../../src/platform/storage/storage.js';
import { createTestDatabase } from '../setup/test-database.js';

const DAY_MS = 86_400_000;
const NOW_MS = Date.parse('2026-11-20T12:00Z');

let testDatabase: Awaited<ReturnType<typeof createTestDatabase>>;
let settings: Settings;
let database: Database;
let close: () => Promise<void>;
let program: INestApplicationContext;
const now = jest.fn<() => number>();

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  settings = Settings.from({
    DATABASE_URL: testDatabase.url,
    STOREWATCH_HOME: await mkdtemp(join(tmpdir(), 'storewatch-retention-')),
    LOG_LEVEL: 'error',
    KEEP_REPORTS_FOR: '30d',
    KEEP_REPORTS: '3',
    KEEP_IMPORTS_FOR: '10d',
  });
  ({ database, close } = await openDatabase(settings));
  program = await createContext(settings, database);
  jest.spyOn(program.get(Clock), 'nowMs').mockImplementation(now);
});
afterAll(async () => {
  await program.close();
  await close();
  await testDatabase.drop();
  await rm(settings.home, { recursive: true, force: true });
});

const at = (daysAgo: number): number => NOW_MS - daysAgo * DAY_MS;
async function report(daysAgo: number, end: 'complete' | 'failed' | 'running' = 'complete'): Promise<string> {
  now.mockReturnValue(at(daysAgo));
  const { id } = await program.get(ReportRequests).create({ asOf: '2026-01-01T00:00:00Z' });
  if (end === 'complete') await program.get(ReportMaker).make({ id });
  if (end === 'failed') await program.get(ReportsService).fail(id, 'of age');
  return id;
}
async function tidy(dryRun = false): Promise<string[]> {
  now.mockReturnValue(NOW_MS);
  return (await program.get(RetentionService).prune(dryRun)).map(({ count, what }) => `${count} ${what}`);
}
const files = async (): Promise<string[]> =>
  (await readdir(join(settings.home, 'storage'), { recursive: true })).filter((name) => name.includes('.'));
const idsWithFiles = async (): Promise<string[]> =>
  [...new Set((await files()).map((name) => /([^/]{36})\./.exec(name)![1]))].sort();
const known = async (): Promise<string[]> =>
  (await database.pool.query('select id from report order by id')).rows.map(({ id }: { id: string }) => id);

describe('reports', () => {
  const ids: Record<string, string> = {};

  it('lose their files by age and by number, but not in a dry run', async () => {
    for (const daysAgo of [70, 40, 29, 3, 2, 1]) ids[daysAgo] = await report(daysAgo);
    ids['failed'] = await report(61, 'failed');
    ids['running'] = await report(100, 'running');
    expect(await tidy(true)).toEqual(['3 report files, with their metadata files', '2 reports']);
    expect(await idsWithFiles()).toHaveLength(6);

    expect(await tidy()).toEqual(['3 report files, with their metadata files', '2 reports']);
    expect(await idsWithFiles()).toEqual([ids[3], ids[2], ids[1]].sort());
    // The record of a report is kept for the same time again.
    expect(await known()).toEqual([ids[40], ids[29], ids[3], ids[2], ids[1], ids['running']].sort());
    expect(await program.get(ReportsService).find(ids[29])).toMatchObject({
      status: 'Complete',
      expiredAt: new Date(NOW_MS),
      storageKey: null,
    });
    expect(await program.get(ReportsService).find(ids['running'])).toMatchObject({
      status: 'Running',
      expiredAt: null,
    });
    expect(await tidy()).toEqual([]);
  });

  it('are marked as expired before their files are removed, so that the next run can finish an interrupted one', async () => {
    for (const daysAgo of [0.3, 0.2, 0.1]) await report(daysAgo);
    const remove = jest.spyOn(program.get(Storage), 'remove').mockRejectedValueOnce(new Error('the process ends here'));
    await expect(tidy()).rejects.toThrow('the process ends here');
    expect((await program.get(ReportsService).find(ids[1])).expiredAt).toEqual(new Date(NOW_MS));
    expect(await idsWithFiles()).toHaveLength(6);
    remove.mockRestore();
    await tidy();
    expect(await idsWithFiles()).toHaveLength(3);
  });
});

describe('imports', () => {
  it('are removed with their rejects', async () => {
    const load = async (daysAgo: number): Promise<string> => {
      now.mockReturnValue(at(daysAgo));
      const csv = Readable.from([Buffer.from('store_id,timezone_str\none,two,three\n')]);
      return (await program.get(Importer).importFile('store_timezones', 'test', csv)).id;
    };
    const [old, young] = [await load(11), await load(9)];
    expect(await tidy(true)).toEqual(['1 records of imports, with their rejected rows']);
    expect(await tidy()).toEqual(['1 records of imports, with their rejected rows']);
    await expect(program.get(ImportsService).find(old)).rejects.toMatchObject({ code: 'not_found' });
    expect(await program.get(ImportsService).find(young)).toMatchObject({ rejectedRows: 1 });
    const { rows } = await database.pool.query('select distinct import_id from import_reject');
    expect(rows).toEqual([{ import_id: young }]);
  });
});

it('by default, only report files and import records are removed, after 90 days', () => {
  const { keepReportsForMs, keepReports, keepImportsForMs, keepPollsForMs, keepRollupsForMs } = Settings.from({});
  expect([keepReportsForMs, keepReports, keepImportsForMs]).toEqual([90 * DAY_MS, Infinity, 90 * DAY_MS]);
  expect([keepPollsForMs, keepRollupsForMs]).toEqual([Infinity, Infinity]);
});

it('rollups are not kept longer than polls', () => {
  expect(Settings.from({ KEEP_POLLS_FOR: '400d' }).keepRollupsForMs).toBe(400 * DAY_MS);
  expect(() => Settings.from({ KEEP_POLLS_FOR: '30d', KEEP_ROLLUPS_FOR: '31d' })).toThrow(
    'KEEP_ROLLUPS_FOR is "31d": must be at most KEEP_POLLS_FOR',
  );
  expect(() => Settings.from({ KEEP_POLLS_FOR: '7d' })).toThrow('KEEP_POLLS_FOR is "7d": must be 14d or more');
});

it('a day has one job, however often and by however many processes it is requested', async () => {
  const jobs = program.get(Jobs);
  for (let hour = 0; hour < 3; hour++) await jobs.sendOnceIn(86_400, 'tidy', {});
  const asked = async (): Promise<number | null> =>
    (await database.pool.query(`select 1 from pgboss.job where name = 'tidy'`)).rowCount;
  const before = await asked();
  await database.pool.query(`update pgboss.job set state = 'completed' where name = 'tidy'`);
  await jobs.sendOnceIn(86_400, 'tidy', {});
  // Two if the test runs across midnight.
  expect([1, 2]).toContain(before);
  expect((await asked())! - before!).toBeLessThanOrEqual(before === 1 ? 1 : 0);
});
