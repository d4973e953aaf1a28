import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { Lock } from '../../src/platform/database/locks.js';
import { Log } from '../../src/platform/logging/log.js';
import { ReportMaker } from '../../src/features/reports/make/report-maker.js';
import { ReportRequests } from '../../src/features/reports/request/report-requests.js';
import { ReportsService } from '../../src/features/reports/reports.service.js';
import { Roles } from '../../src/platform/config/roles.js';
import { type Artifact, ScheduleRunsRepository } from '../../src/features/schedules/schedule-runs.repository.js';
import { type Member, type Nights, openNights } from './nights.js';

/** Tests how a due run is made. */
let nights: Nights;
let worker: Member;

beforeAll(async () => {
  nights = await openNights();
  nights.clock.set('2026-10-08T12:00:00Z');
  for (const day of ['04', '05', '06', '07']) await nights.poll(`2026-10-${day}T06:30:00Z`);
  await nights.poll('2026-10-07T03:00:00Z', 'inactive');
  worker = await nights.join(Roles.parse('worker'));
});
afterAll(() => nights.close());
beforeEach(() => nights.clock.set('2026-10-05T12:00:00Z'));
afterEach(async () => {
  jest.restoreAllMocks();
  await nights.database.pool.query('delete from schedule');
});

const at = async (now: string): Promise<void> => {
  nights.clock.set(now);
  await nights.first.due.queueDue();
};
const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

/** The CSV of a report requested by a user. */
async function csv(asOf: string): Promise<string> {
  const { context } = nights.first;
  const report = await context.get(ReportMaker).make(await context.get(ReportRequests).create({ asOf }));
  return (await nights.bytes(report.storageKey!)).toString();
}

/** Keeps the logged failures out of the test output. */
const quietly = (): void => void jest.spyOn(Log.prototype, 'error').mockImplementation(() => {});

describe('a run', () => {
  it('writes the report as of its due time, its metadata file and a pointer to the storage', async () => {
    await nights.create('first');
    await at('2026-10-06T09:00:00Z'); // two hours late
    const [run] = await nights.ended('first');

    const key = 'first/2026-10-06/report.csv';
    const accountKey = 'first/2026-10-06/report.account.json';
    expect(await nights.keys('first')).toEqual([accountKey, key, 'first/latest.json']);
    const bytes = await nights.bytes(key);
    expect(bytes.toString()).toBe(await csv('2026-10-06T07:00:00Z'));
    expect(bytes.toString()).toMatch(/\ns,\d/);
    expect(run).toMatchObject({
      status: 'Complete',
      attempt: 1,
      artifactKey: key,
      accountKey,
      sizeBytes: bytes.length,
      sha256: sha256(bytes),
      error: null,
      finishedAt: new Date('2026-10-06T09:00:00Z'),
    });
    const pointer = {
      schedule: 'first',
      run_id: '2026-10-06',
      due_at: '2026-10-06T07:00:00.000Z',
      report_id: run.reportId,
      key,
      account_key: accountKey,
      size_bytes: bytes.length,
      sha256: sha256(bytes),
    };
    expect(await nights.json('first/latest.json')).toEqual(pointer);
    expect(await nights.json(accountKey)).toMatchObject({
      ...pointer,
      as_of: '2026-10-06T07:00:00.000Z',
      basis: 'all',
      stores: 1,
      windows: [{ name: 'last_hour', from: '2026-10-06T06:00:00.000Z', to: '2026-10-06T07:00:00.000Z' }, {}, {}],
    });
  });

  it('uses the gzip, stores, windows, columns and format of its schedule', async () => {
    await nights.create('packed', {
      gzip: true,
      format: 'ndjson',
      stores: ['s'],
      windows: [{ name: 'two_days', duration: '2d' }],
      columns: ['tags.region'],
      destination: 'finance/packed',
    });
    await at('2026-10-06T07:00:00Z');
    const [run] = await nights.ended('packed');
    expect(run).toMatchObject({ status: 'Complete', artifactKey: 'finance/packed/2026-10-06/report.ndjson.gz' });
    const bytes = await nights.bytes(run.artifactKey!);
    expect(run).toMatchObject({ sha256: sha256(bytes), sizeBytes: bytes.length });
    expect(JSON.parse(gunzipSync(bytes).toString())).toMatchObject({
      store_id: 's',
      tags: { region: null },
      windows: { two_days: { polls: 2 } },
    });
  });

  it('of an older night does not move the pointer back', async () => {
    await nights.create('back');
    await at('2026-10-07T07:00:00Z');
    await nights.ended('back');
    await nights.first.schedules.runAgain('back', '2026-10-06');
    const [older] = await nights.ended('back');
    expect(older).toMatchObject({ runId: '2026-10-06', status: 'Complete', attempt: 3 });
    expect(await nights.json('back/latest.json')).toMatchObject({ run_id: '2026-10-07' });
  });
});

describe('a run that is made again', () => {
  it('replaces the report, using the current schedule and polls', async () => {
    await nights.create('again');
    await at('2026-10-07T07:00:00Z');
    const [, before] = await nights.ended('again');
    const early = (await nights.bytes(before.artifactKey!)).toString();
    await nights.poll('2026-10-07T06:45:00Z', 'inactive'); // late
    await nights.first.schedules.update('again', { gzip: true });

    await nights.first.schedules.runAgain('again', before.runId);
    const [, after] = await nights.ended('again');

    expect(after).toMatchObject({ status: 'Complete', attempt: 3, artifactKey: 'again/2026-10-07/report.csv.gz' });
    expect(after.reportId).not.toBe(before.reportId);
    const late = gunzipSync(await nights.bytes(after.artifactKey!)).toString();
    expect(late).not.toBe(early);
    expect(late).toBe(await csv('2026-10-07T07:00:00Z'));
    expect(await nights.keys('again/2026-10-07')).toEqual([
      'again/2026-10-07/report.account.json',
      'again/2026-10-07/report.csv.gz',
    ]);
    expect(await nights.json('again/latest.json')).toMatchObject({ run_id: '2026-10-07', sha256: after.sha256 });
  });

  it('is rejected while it is running', async () => {
    await worker.close();
    await nights.create('busy');
    await at('2026-10-06T07:00:00Z');
    await expect(nights.first.schedules.runAgain('busy', '2026-10-06')).rejects.toMatchObject({
      code: 'not_ready',
      message: 'The run 2026-10-06 of the schedule busy is still running. Wait until it ends.',
    });
    worker = await nights.join(Roles.parse('worker'));
    expect(await nights.ended('busy')).toMatchObject([{ status: 'Complete', attempt: 1 }]);
  });
});

describe('a run that fails', () => {
  it('records the reason, is retried, and keeps the earlier files', async () => {
    quietly();
    await nights.create('failing');
    await at('2026-10-06T07:00:00Z');
    const [before] = await nights.ended('failing');
    // A folder in the place of a file.
    await nights.first.schedules.update('failing', { format: 'json' });
    await nights.first.storage.put('failing/2026-10-06/report.json/in the way', ['']);
    await nights.first.schedules.runAgain('failing', '2026-10-06');
    for (;;) {
      const [run] = await nights.runs('failing');
      if (run.error) {
        expect(run).toMatchObject({ status: 'Running', artifactKey: before.artifactKey, sha256: before.sha256 });
        expect(run.error).toMatch(/^The storage could not store failing\/2026-10-06\/report\.json: .*EISDIR/);
        break;
      }
      await sleep(20);
    }
    expect(await nights.bytes(before.artifactKey!)).toHaveLength(before.sizeBytes!);
    await nights.first.storage.remove(['failing/2026-10-06/report.json']);
    expect(await nights.ended('failing')).toMatchObject([
      { status: 'Complete', error: null, artifactKey: 'failing/2026-10-06/report.json' },
    ]);
  });

  it('fails at its last attempt with the reason of its report', async () => {
    quietly();
    await worker.close();
    await nights.create('hopeless');
    await at('2026-10-06T07:00:00Z');
    await nights.database.pool.query(`update pgboss.job set retry_limit = 0 where data->>'schedule' = 'hopeless'`);
    const making = nights.first.maker.make(
      { schedule: 'hopeless', dueAt: new Date('2026-10-06T07:00:00Z') },
      AbortSignal.timeout(60_000),
    );
    making.catch(() => {});
    let [run] = await nights.runs('hopeless');
    while (!run.reportId) {
      await sleep(20);
      [run] = await nights.runs('hopeless');
    }
    await nights.first.context.get(ReportsService).fail(run.reportId, 'It was struck by lightning.');
    await expect(making).rejects.toThrow(`The report ${run.reportId} failed: It was struck by lightning.`);
    expect((await nights.runs('hopeless'))[0]).toMatchObject({
      status: 'Running',
      error: expect.stringContaining('lightning'),
    });

    // Its job ends without it, as when a worker dies during the last attempt.
    await nights.database.pool.query(`update pgboss.job set state = 'failed' where data->>'schedule' = 'hopeless'`);
    await nights.first.schedules.failAbandonedRuns();
    expect((await nights.runs('hopeless'))[0]).toMatchObject({
      status: 'Failed',
      error: expect.stringContaining('lightning'),
      finishedAt: expect.any(Date),
    });
    worker = await nights.join(Roles.parse('worker'));
    await nights.first.schedules.runAgain('hopeless', '2026-10-06');
    expect(await nights.ended('hopeless')).toMatchObject([{ status: 'Complete', error: null }]);
  });
});

describe('attempts', () => {
  it('that lost their lease change nothing when they resume', async () => {
    await worker.close();
    await nights.create('slow');
    await at('2026-10-06T07:00:00Z');
    const key = { schedule: 'slow', dueAt: new Date('2026-10-06T07:00:00Z') };
    const put = nights.first.storage.put.bind(nights.first.storage);
    let next = (): void => {};
    const held = new Promise<void>((resolve) => (next = resolve));
    const isWriting = new Promise<void>((resolve) => {
      jest.spyOn(nights.first.storage, 'put').mockImplementation(async (to, content) => {
        if (to.startsWith('slow/')) {
          resolve();
          await held;
        }
        return put(to, content);
      });
    });
    // This process is the slow one: it is paused while writing.
    const slow = nights.first.maker.make(key, AbortSignal.timeout(60_000));
    let id: string | null | undefined;
    while (!id) [{ reportId: id }] = await nights.runs('slow');
    await nights.first.context.get(ReportMaker).make({ id });
    await isWriting;
    // Another process makes the run too, up to the point where only one may write.
    const reports = await nights.join(Roles.parse('worker'));
    const isKeptWaiting = `select from pg_locks where locktype = 'advisory' and not granted and classid = ${Lock.destination}`;
    while ((await nights.database.pool.query(isKeptWaiting)).rowCount === 0) await sleep(20);
    next();
    expect(await slow).toBeUndefined();
    const [run] = await nights.ended('slow');
    expect(run).toMatchObject({ status: 'Complete', attempt: 2, sha256: sha256(await nights.bytes(run.artifactKey!)) });
    expect(await nights.keys('slow')).toHaveLength(3);
    const { rows } = await nights.database.pool.query(
      `select count(*)::int as count from report where as_of = $1 and id = $2`,
      [key.dueAt, run.reportId],
    );
    expect(rows).toEqual([{ count: 1 }]);
    worker = reports;
  });

  it('that are not the newest publish nothing', async () => {
    await worker.close();
    await nights.create('fenced');
    await at('2026-10-06T07:00:00Z');
    const runs = new ScheduleRunsRepository(nights.database);
    const key = { schedule: 'fenced', dueAt: new Date('2026-10-06T07:00:00Z') };
    expect(await runs.beginAttempt(key)).toBe(1);
    expect(await runs.beginAttempt(key)).toBe(2);
    const artifact = { artifactKey: 'a', accountKey: 'b', sizeBytes: 1, sha256: 'c' };
    const write = jest.fn<() => Promise<Artifact>>().mockResolvedValue(artifact);
    const now = new Date();

    expect(await runs.publish({ ...key, attempt: 1 }, now, write)).toBeUndefined();
    expect(write).not.toHaveBeenCalled();
    expect(await runs.publish({ ...key, attempt: 2 }, now, write)).toEqual(artifact);
    // A complete run is not published again.
    expect(await runs.publish({ ...key, attempt: 2 }, now, write)).toBeUndefined();
    expect(write).toHaveBeenCalledTimes(1);
    worker = await nights.join(Roles.parse('worker'));
  });

  it('of a removed schedule publish nothing', async () => {
    await worker.close();
    await nights.create('gone');
    await at('2026-10-06T07:00:00Z');
    await nights.first.schedules.remove('gone');
    const key = { schedule: 'gone', dueAt: new Date('2026-10-06T07:00:00Z') };
    expect(await nights.first.maker.make(key, AbortSignal.timeout(60_000))).toBeUndefined();
    expect(await nights.keys('gone')).toEqual([]);
    worker = await nights.join(Roles.parse('worker'));
  });
});
