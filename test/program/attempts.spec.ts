import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { once } from 'node:events';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { INestApplicationContext } from '@nestjs/common';
import { Log } from '../../src/platform/logging/log.js';
import { Settings } from '../../src/platform/config/settings.js';
import type { Database } from '../../src/platform/database/database.js';
import { PollsService } from '../../src/features/polls/polls.service.js';
import { Jobs } from '../../src/platform/jobs/jobs.js';
import { createContext, openDatabase } from '../../src/app/process-context.js';
import { ReportAttempt } from '../../src/features/reports/make/report-attempt.js';
import { ReportMaker } from '../../src/features/reports/make/report-maker.js';
import type { Report } from '../../src/features/reports/record/report.entity.js';
import { ReportsRepository } from '../../src/features/reports/record/reports.repository.js';
import { ReportRequests } from '../../src/features/reports/request/report-requests.js';
import { ReportsService } from '../../src/features/reports/reports.service.js';
import { RollupsService } from '../../src/features/rollups/rollups.service.js';
import { Roles } from '../../src/platform/config/roles.js';
import { Storage } from '../../src/platform/storage/storage.js';
import { createTestDatabase } from '../setup/test-database.js';

const AS_OF = '2026-10-05T13:00:00Z';
const SILENT_SECONDS = 30;

/** The whole program except a worker. The tests do the worker's part. */
let testDatabase: Awaited<ReturnType<typeof createTestDatabase>>;
let settings: Settings;
let database: Database;
let close: () => Promise<void>;
let program: INestApplicationContext;
let requests: ReportRequests;
let reports: ReportsService;
let maker: ReportMaker;
let storage: Storage;

beforeAll(async () => {
  testDatabase = await createTestDatabase();
});
afterAll(() => testDatabase.drop());

beforeEach(async () => {
  const home = await mkdtemp(join(tmpdir(), 'storewatch-attempts-'));
  settings = Settings.from({ DATABASE_URL: testDatabase.url, STOREWATCH_HOME: home, LOG_LEVEL: 'error' });
  ({ database, close } = await openDatabase(settings));
  program = await createContext(settings, database);
  [reports, maker, storage] = [program.get(ReportsService), program.get(ReportMaker), program.get(Storage)];
  requests = program.get(ReportRequests);
  await poll('active', '2026-10-05T12:10:00Z');
});
afterEach(async () => {
  jest.restoreAllMocks();
  await program.close();
  await close();
  await rm(settings.home, { recursive: true, force: true });
});

async function poll(status: 'active' | 'inactive', at: string): Promise<void> {
  const { rejected } = await program
    .get(PollsService)
    .ingest([{ storeId: 's', active: status === 'active', polledAtMs: Date.parse(at) }]);
  expect(rejected).toEqual([]);
}

/** The names of all report files. */
const files = async (): Promise<string[]> => {
  const names = await readdir(join(settings.home, 'storage'), { recursive: true }).catch(() => []);
  return names.filter((name) => name.includes('.')).sort();
};

const silence = (id: string): Promise<unknown> =>
  database.pool.query(`update report set heartbeat_at = now() - interval '31 seconds' where id = $1`, [id]);

/** Blocks the first file to be written until `until`. @returns a promise that resolves when it is blocked */
function holdBack(until: Promise<unknown>): Promise<void> {
  const put = storage.put.bind(storage);
  return new Promise((isWaiting) => {
    jest.spyOn(storage, 'put').mockImplementationOnce(async (...args) => {
      isWaiting();
      await until;
      return put(...args);
    });
  });
}

describe('an attempt that lost its lease', () => {
  it('changes neither the report nor its files when it resumes', async () => {
    const report = await requests.create({ asOf: AS_OF });
    let release = (): void => {};
    const waiting = holdBack(new Promise<void>((resolve) => (release = resolve)));
    const slow = maker.make(report);
    await waiting;

    // The second attempt reads other data than the first.
    await poll('inactive', '2026-10-05T12:20:00Z');
    const second = await maker.make(report);
    const csv = await readFile(reports.location(second), 'utf8');
    release();

    await expect(slow).resolves.toEqual(second);
    expect(second).toMatchObject({ status: 'Complete', attempt: 2, storageKey: expect.stringMatching(/-2\.csv$/) });
    expect(await reports.find(report.id)).toEqual(second);
    expect(await readFile(reports.location(second), 'utf8')).toBe(csv);
    expect(await files()).toEqual([
      expect.stringMatching(`${report.id}-2.account.json`),
      expect.stringMatching(`${report.id}-2.csv`),
    ]);
  });

  it('stops midway when it is told to', async () => {
    const report = await requests.create({ asOf: AS_OF });
    const stop = AbortSignal.abort(new Error('the job is no longer ours'));

    await expect(maker.make(report, { signal: stop })).rejects.toThrow('the job is no longer ours');

    expect(await files()).toEqual([]);
    expect(await reports.find(report.id)).toMatchObject({ status: 'Running' });
  });

  it('does not count towards the progress of the report', async () => {
    const { id } = await requests.create({ asOf: AS_OF });
    const repository = new ReportsRepository(database);
    expect(await repository.beginAttempt(id)).toBe(1);
    expect(await repository.beginAttempt(id)).toBe(2);

    expect(await repository.beat(id, 1, 700)).toBe(false);
    expect(await repository.update(id, 1, { storesTotal: 900 })).toBe(false);
    expect(await repository.beat(id, 2, 7)).toBe(true);

    expect(await reports.find(id)).toMatchObject({ storesDone: 7, storesTotal: null });
  });
});

describe('an abandoned report', () => {
  it('fails with a reason, and its partial files are removed', async () => {
    const report = await requests.create({ asOf: AS_OF });
    await new ReportsRepository(database).beginAttempt(report.id);
    const key = `reports/${report.createdAt.toISOString().slice(0, 10)}/${report.id}`;
    await storage.put(`${key}.csv`, ['whole, but nobody said that it is complete']);
    await writeFile(storage.location(`${key}.account.json.1234.part`), 'half');
    await silence(report.id);

    await reports.failAbandoned(SILENT_SECONDS);

    expect(await reports.find(report.id)).toMatchObject({
      status: 'Failed',
      error: 'The process that made it ended before it was complete. Trigger the report again.',
      finishedAt: expect.any(Date),
    });
    expect(await files()).toEqual([]);
  });

  it('is one without a heartbeat for long enough', async () => {
    const { id } = await requests.create({ asOf: AS_OF });
    await reports.failAbandoned(SILENT_SECONDS);
    expect(await reports.find(id)).toMatchObject({ status: 'Running' });
  });

  it('is not one whose job waits for a worker, however long', async () => {
    const { id } = await requests.trigger({ asOf: AS_OF });
    await silence(id);
    await reports.failAbandoned(SILENT_SECONDS);
    expect(await reports.find(id)).toMatchObject({ status: 'Running' });
  });
});

describe('a cancelled report', () => {
  it('is noticed at the next heartbeat, even without progress to record', async () => {
    const { id } = await requests.create({ asOf: AS_OF });
    const repository = program.get(ReportsRepository);
    const beat = jest.spyOn(repository, 'beat');
    const attempt = (await ReportAttempt.begin(repository, id))!;

    await reports.delete(id);

    await once(attempt.signal, 'abort');
    attempt.end();
    expect(beat).not.toHaveBeenCalled();
  });

  it('is not made, even when rollups are behind, and does not count as a failure', async () => {
    const report = await requests.create({ asOf: AS_OF });
    jest.spyOn(program.get(RollupsService), 'bringUpToDate').mockImplementationOnce(async (_onProgress, stop) => {
      await reports.delete(report.id);
      await once(stop!, 'abort');
      throw stop!.reason;
    });

    expect(await maker.make(report)).toMatchObject({ status: 'Cancelled', error: 'It was cancelled.' });
    expect(await files()).toEqual([]);
  });

  it('stops rollups between two blocks', async () => {
    const stop = AbortSignal.abort(new Error('nobody waits'));
    await expect(program.get(RollupsService).bringUpToDate(undefined, stop)).rejects.toThrow('nobody waits');
  });
});

describe('the job of a report', () => {
  const works = async (reportId: string): Promise<Report> => {
    const worker = await createContext(settings, database, Roles.parse('worker'));
    try {
      for (;;) {
        const report = await reports.find(reportId);
        if (report.status !== 'Running') return report;
        await sleep(20);
      }
    } finally {
      await worker.close();
    }
  };

  it('is created in the same transaction as the report', async () => {
    const repository = new ReportsRepository(database);
    const { id, ...rest } = await requests.create({ asOf: AS_OF });
    const draft = { ...rest, id: id.replace(/^./, (digit) => (digit === '0' ? '1' : '0')) };
    const jobs = program.get(Jobs);
    await jobs.start();

    const broken = repository.create(draft, async (client) => {
      await jobs.sendIn(client, 'report', draft.id, { reportId: draft.id });
      throw new Error('the process ends here');
    });

    await expect(broken).rejects.toThrow('the process ends here');
    expect(await repository.find(draft.id)).toBeNull();
    expect(await jobs.isAlive('report', draft.id)).toBe(false);
  });

  it('makes the report', async () => {
    const { id } = await requests.trigger({ asOf: AS_OF });
    expect(await works(id)).toMatchObject({ status: 'Complete', attempt: 1 });
  });

  it('records the reason when its last attempt fails, and the next report is made', async () => {
    const { id, createdAt } = await requests.trigger({ asOf: AS_OF });
    const { id: next } = await requests.trigger({ asOf: '2026-10-05T12:30:00Z', stores: ['s'], format: 'json' });
    await database.pool.query(`update pgboss.job set retry_limit = 0 where id = $1`, [id]);
    // The failure is logged with its stack; keep that out of the test output.
    jest.spyOn(Log.prototype, 'error').mockImplementation(() => {});
    // A folder in the place of the first report's file.
    await storage.put(`reports/${createdAt.toISOString().slice(0, 10)}/${id}.csv/in the way`, ['']);

    expect(await works(id)).toMatchObject({
      status: 'Failed',
      error: expect.stringMatching(/^The storage could not store reports\/.*EISDIR/),
    });
    expect(await works(next)).toMatchObject({ status: 'Complete' });
  });
});
