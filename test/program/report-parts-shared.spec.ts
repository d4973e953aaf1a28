import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { INestApplicationContext } from '@nestjs/common';
import { Log } from '../../src/platform/logging/log.js';
import { Roles } from '../../src/platform/config/roles.js';
import { Settings } from '../../src/platform/config/settings.js';
import { Storage } from '../../src/platform/storage/storage.js';
import { createContext } from '../../src/app/process-context.js';
import { ReportFileWriter } from '../../src/features/reports/make/report-file-writer.js';
import { ReportInputsRepository } from '../../src/features/reports/make/report-inputs.repository.js';
import { PartHelper } from '../../src/features/reports/make/part-helper.js';
import { ReportPartsRepository, type ClaimedPart } from '../../src/features/reports/make/report-parts.repository.js';
import type { Report } from '../../src/features/reports/record/report.entity.js';
import { ReportRequests } from '../../src/features/reports/request/report-requests.js';
import { ReportsService } from '../../src/features/reports/reports.service.js';
import { tzVersion } from '../../src/features/timezones/tz-version.js';
import { type Program, openProgram } from './program.js';

/** A large report that several workers make. The workers share one database, storage and process. */
const AS_OF = '2026-10-07T13:20:00Z';
const STORES = 60;
const PARTS = 20;

let program: Program;
let reports: ReportsService;
const workers: INestApplicationContext[] = [];

beforeAll(async () => {
  program = await openProgram();
  reports = program.context.get(ReportsService);
  const rows = Array.from({ length: STORES }, (_, i) =>
    Array.from({ length: 30 }, (__, hour) => {
      const at = new Date(Date.UTC(2026, 9, 6, hour, (i * 7) % 60));
      return `${(i * 37) % 101},${(i + hour) % 5 === 0 ? 'inactive' : 'active'},${at.toISOString()}`;
    }),
  );
  await program.load('store_status', `store_id,status,timestamp_utc\n${rows.flat().join('\n')}\n`);
  await program.rollups.bringUpToDate();
});
afterAll(() => program.close());

/** The claims of each worker, by index. */
let claims: ClaimedPart[][];
beforeEach(() => {
  claims = [];
});
afterEach(async () => {
  for (const worker of workers.splice(0)) await worker.close();
  jest.restoreAllMocks();
});

/** @param onClaim called before a worker makes a part that it claimed */
async function startWorker(onClaim: (part: ClaimedPart, index: number) => Promise<unknown> = () => sleep(30)) {
  const worker = await createContext(program.context.get(Settings), program.database, Roles.parse('worker'));
  Reflect.set(worker.get(ReportInputsRepository), 'storesPerPart', STORES / PARTS);
  Reflect.set(worker.get(ReportFileWriter), 'sharedFrom', 10);
  const parts = worker.get(ReportPartsRepository);
  const claim = parts.claim.bind(parts);
  const index = claims.push([]) - 1;
  jest.spyOn(parts, 'claim').mockImplementation(async (...of) => {
    const claimed = await claim(...of);
    if (claimed) {
      claims[index].push(claimed);
      await onClaim(claimed, index);
    }
    return claimed;
  });
  workers.push(worker);
}

const trigger = (options: object = {}): Promise<Report> =>
  program.context.get(ReportRequests).trigger({ asOf: AS_OF, format: 'json', ...options });

async function ended(id: string): Promise<Report> {
  for (;;) {
    const report = await reports.find(id);
    if (report.status !== 'Running') return report;
    await sleep(20);
  }
}

async function filesOfReport({ id, createdAt }: Report): Promise<string[]> {
  const folder = join(program.context.get(Storage).place, 'reports', createdAt.toISOString().slice(0, 10));
  return (await readdir(folder)).filter((name) => name.startsWith(id)).sort();
}

/** The text of a complete report, whose parts are all gone. */
async function checkedText(report: Report): Promise<string> {
  expect(report).toMatchObject({ status: 'Complete', storesDone: STORES, storesTotal: STORES });
  expect(await filesOfReport(report)).toEqual([
    expect.stringMatching(/\.account\.json$/),
    expect.stringMatching(/\.json$/),
  ]);
  await expectNoOffer();
  return readFile(reports.location(report), 'utf8');
}

async function expectNoOffer(): Promise<void> {
  const { rows } = await program.database.pool.query('select part from report_part');
  expect(rows).toEqual([]);
  const { rows: jobs } = await program.database.pool.query(
    `select id from pgboss.job where name = 'report_part' and state in ('created', 'retry')`,
  );
  expect(jobs).toEqual([]);
}

describe('a large report', () => {
  let expected: string;
  beforeAll(async () => {
    expected = await program.report({ asOf: AS_OF, format: 'json' });
  });

  it('is made by one worker alone', async () => {
    await startWorker();
    const report = await ended((await trigger()).id);
    expect(await checkedText(report)).toBe(expected);
    expect(claims.map((own) => own.length)).toEqual([PARTS]);
  });

  it('is made by several workers, each part once, and is the same', async () => {
    await startWorker();
    await startWorker();
    await startWorker();
    const { id } = await trigger();
    const report = await ended(id);
    expect(await checkedText(report)).toBe(expected);
    expect(
      claims
        .flat()
        .map(({ part }) => part)
        .sort((a, b) => a - b),
    ).toEqual(Array.from({ length: PARTS }, (_, i) => i));
    expect(Math.min(...claims.map((own) => own.length))).toBeGreaterThan(0);
    const { account } = await reports.find(id);
    expect(account).toMatchObject({ stores: STORES });
  });

  it('has only the stores that its filter selects, although their tags change before a helper starts', async () => {
    const { pool } = program.database;
    await pool.query(`update store set tags = '{"brand": "bk"}' where id % 3 > 0`);
    const filter = 'tags.brand = bk';
    const selected = await program.report({ asOf: AS_OF, format: 'json', filter });
    await startWorker(async () => {
      await pool.query(`update store set tags = '{}'`);
      await sleep(30);
    });
    await startWorker();
    const report = await ended((await trigger({ filter })).id);
    expect(report).toMatchObject({ status: 'Complete', storesDone: 40, storesTotal: 40, account: { stores: 40 } });
    expect(await readFile(reports.location(report), 'utf8')).toBe(selected);
    expect(Math.min(...claims.map((own) => own.length))).toBeGreaterThan(0);
    await expectNoOffer();
  });

  it('shows one moment, although polls arrive before a helper starts', async () => {
    const pollOnce = async (_part: ClaimedPart, index: number): Promise<unknown> => {
      if (claims.length > 1 || claims[index].length > 1) return sleep(30);
      const stores = Array.from({ length: STORES }, (_, i) => String((i * 37) % 101));
      await program.polls.ingest(
        stores.map((storeId) => ({ storeId, active: false, polledAtMs: Date.parse('2026-10-07T04:44:44Z') })),
      );
      return startWorker();
    };
    await startWorker(pollOnce);
    expect(await checkedText(await ended((await trigger()).id))).toBe(expected);
    expect(claims.map((own) => own.length > 0)).toEqual([true, true]);
    const before = expected;
    expected = await program.report({ asOf: AS_OF, format: 'json' });
    expect(expected).not.toBe(before);
  });

  it.each([
    ['the helper', 1],
    ['the owner', 0],
  ])('is the same when %s is silent in the middle of a part and comes back', async (_who, silent) => {
    let back = Promise.resolve<unknown>(undefined);
    let silences = 0;
    const onClaim = ({ claim }: ClaimedPart, index: number): Promise<unknown> => {
      if (index !== silent || silences > 0 || claims.length < 2) return sleep(30);
      silences++;
      const age = `update report_part set heartbeat_at = now() - interval '31 s' where claim = $1`;
      back = program.database.pool.query(age, [claim]).then(() => sleep(1_500));
      return back;
    };
    await startWorker(onClaim);
    const { id } = await trigger();
    while (claims[0].length === 0) await sleep(10);
    await startWorker(onClaim);
    const report = await ended(id);
    expect(silences).toBe(1);
    await back;
    await sleep(500);
    expect(await checkedText(report)).toBe(expected);
    expect(claims.flat().length).toBe(PARTS + 1);
  });

  it('is the same when a helper fails', async () => {
    jest.spyOn(Log.prototype, 'error').mockImplementation(() => {});
    await startWorker();
    const { id } = await trigger();
    while (claims[0].length === 0) await sleep(10);
    await startWorker();
    const put = jest.spyOn(workers[1].get(Storage), 'put').mockRejectedValueOnce(new Error('no space'));
    expect(await checkedText(await ended(id))).toBe(expected);
    expect(put).toHaveBeenCalled();
    expect(claims.flat().length).toBe(PARTS + 1);
  });

  it('leaves no parts when it is cancelled', async () => {
    await startWorker(() => sleep(100));
    await startWorker(() => sleep(100));
    const { id } = await trigger();
    while (claims.some((own) => own.length === 0)) await sleep(20);

    await reports.delete(id);

    const report = await ended(id);
    expect(report.status).toBe('Cancelled');
    for (let tries = 0; tries < 100 && (await filesOfReport(report)).length > 0; tries++) await sleep(50);
    await sleep(1_500);
    expect(await filesOfReport(report)).toEqual([]);
    await expectNoOffer();
    expect(claims.flat().length).toBeLessThan(PARTS);
  });

  it('gets no help from a process with other rules', async () => {
    const helper = program.context.get(PartHelper);
    const { pollValidForMs } = program.context.get(Settings);
    const claim = jest.spyOn(program.context.get(ReportPartsRepository), 'isOffered');
    const offer = { reportId: (await trigger()).id, attempt: 1, pollValidForMs, tzVersion: tzVersion() };
    const { signal } = new AbortController();
    expect(await helper.help({ ...offer, pollValidForMs: pollValidForMs + 1 }, signal)).toBe(0);
    expect(await helper.help({ ...offer, tzVersion: '1999z' }, signal)).toBe(0);
    expect(claim).not.toHaveBeenCalled();
    expect(await helper.help(offer, signal)).toBe(0);
    expect(claim).toHaveBeenCalled();
    await reports.delete(offer.reportId);
  });
});
