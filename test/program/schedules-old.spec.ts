import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { RetentionService } from '../../src/features/retention/retention.service.js';
import { Roles } from '../../src/platform/config/roles.js';
import type { ScheduleRun } from '../../src/features/schedules/schedule.entity.js';
import { toScheduleRunDto } from '../../src/features/schedules/schedule-runs.dto.js';
import { type Nights, openNights } from './nights.js';

/** Tests how the files of schedules expire (docs/retention.md). */
let nights: Nights;

beforeAll(async () => {
  nights = await openNights({ KEEP_SCHEDULED_FOR: '10d', KEEP_REPORTS_FOR: 'forever' });
  nights.clock.set('2026-10-20T12:00:00Z');
  await nights.poll('2026-10-05T03:00:00Z');
  await nights.join(Roles.parse('worker'));
});
afterAll(() => nights.close());
beforeEach(async () => {
  nights.clock.set('2026-10-05T12:00:00Z');
  await nights.create('nightly', { destination: 'first' });
});
afterEach(async () => {
  jest.restoreAllMocks();
  await nights.database.pool.query('delete from schedule');
  await nights.first.storage.removeAll('first/');
  await nights.first.storage.removeAll('second/');
});

/** Nights of October, each made when it was due. */
async function make(...days: number[]): Promise<ScheduleRun[]> {
  for (const day of days) {
    nights.clock.set(`2026-10-${String(day).padStart(2, '0')}T07:00:00Z`);
    await nights.first.due.queueDue();
    await nights.ended('nightly');
  }
  return nights.runs('nightly');
}
async function tidy(now: string, dryRun = false): Promise<string[]> {
  nights.clock.set(now);
  const removed = await nights.first.context.get(RetentionService).prune(dryRun);
  return removed.map(({ count, what }) => `${count} ${what}`);
}
/** The names of runs that have a file below a destination. */
const there = async (destination: string): Promise<string[]> => {
  const keys = await nights.keys(destination);
  return keys.filter((key) => /\.csv/.test(key)).map((key) => key.split('/')[1]);
};
const latest = async (destination: string): Promise<string> => {
  const { key } = await nights.json(`${destination}/latest.json`);
  return (await nights.bytes(key as string)).toString();
};

describe('files of schedules', () => {
  it('expire by age with their metadata files, keep their runs, and stay in a dry run', async () => {
    await make(6, 7, 8);
    expect(await tidy('2026-10-17T08:00:00Z', true)).toEqual(['2 schedule files, with their metadata files']);
    expect(await there('first')).toEqual(['2026-10-06', '2026-10-07', '2026-10-08']);

    expect(await tidy('2026-10-17T08:00:00Z')).toEqual(['2 schedule files, with their metadata files']);
    expect(await nights.keys('first')).toEqual([
      'first/2026-10-08/report.account.json',
      'first/2026-10-08/report.csv',
      'first/latest.json',
    ]);
    const runs = await nights.runs('nightly');
    expect(runs.map(toScheduleRunDto)).toMatchObject([
      { run_id: '2026-10-06', status: 'Complete', artifact: null, expired_at: '2026-10-17T08:00:00.000Z' },
      { run_id: '2026-10-07', status: 'Complete', artifact: null, expired_at: '2026-10-17T08:00:00.000Z' },
      { run_id: '2026-10-08', artifact: { key: 'first/2026-10-08/report.csv' }, expired_at: null },
    ]);
    expect(await tidy('2026-10-17T08:00:00Z')).toEqual([]);
  });

  it('never expire while they are the newest of a destination, which latest.json names', async () => {
    await make(6, 7);
    await nights.first.schedules.update('nightly', { destination: 'second' });
    await make(8, 9);
    expect(await tidy('2027-10-01T00:00:00Z')).toEqual(['2 schedule files, with their metadata files']);
    expect([await there('first'), await there('second')]).toEqual([['2026-10-07'], ['2026-10-09']]);
    expect(await latest('first')).toMatch(/\ns,/);
    expect(await latest('second')).toMatch(/\ns,/);
  });

  it('can be made again and then count as new', async () => {
    await make(6, 7);
    await tidy('2026-10-20T00:00:00Z');
    expect(await there('first')).toEqual(['2026-10-07']);
    await nights.first.schedules.runAgain('nightly', '2026-10-06');
    const [again] = await nights.ended('nightly');
    expect(toScheduleRunDto(again)).toMatchObject({
      artifact: { key: 'first/2026-10-06/report.csv' },
      expired_at: null,
    });
    expect(await tidy('2026-10-29T00:00:00Z')).toEqual([]);
    expect(await there('first')).toEqual(['2026-10-06', '2026-10-07']);
    expect(await nights.json('first/latest.json')).toMatchObject({ run_id: '2026-10-07' });
    expect(await tidy('2026-10-31T00:00:00Z')).toEqual(['1 schedule files, with their metadata files']);
  });

  it('are marked as expired before they are removed, so that the next run can finish an interrupted one', async () => {
    await make(6, 7);
    const remove = jest.spyOn(nights.first.storage, 'remove').mockRejectedValueOnce(new Error('the process ends here'));
    await expect(tidy('2026-10-20T00:00:00Z')).rejects.toThrow('the process ends here');
    expect(toScheduleRunDto((await nights.runs('nightly'))[0])).toMatchObject({ artifact: null });
    expect(await there('first')).toHaveLength(2);
    remove.mockRestore();
    await tidy('2026-10-20T00:00:00Z');
    expect(await there('first')).toEqual(['2026-10-07']);
  });

  it('that are made again at the same moment are kept', async () => {
    await make(6, 7);
    const remove = nights.first.storage.remove.bind(nights.first.storage);
    let again: Promise<unknown> = Promise.resolve();
    jest.spyOn(nights.first.storage, 'remove').mockImplementationOnce(async (keys) => {
      again = nights.first.schedules.runAgain('nightly', '2026-10-06');
      await again;
      // Waits until its worker waits for the destination. Without that lock, the removal would come last.
      const isWaiting = `select from pg_locks where locktype = 'advisory' and not granted`;
      while ((await nights.database.pool.query(isWaiting)).rowCount === 0) {
        const [run] = await nights.runs('nightly');
        if (run.status === 'Complete') break;
      }
      await remove(keys);
    });
    await tidy('2026-10-20T00:00:00Z');
    const [run] = await nights.ended('nightly');
    expect(run).toMatchObject({ status: 'Complete', expiredAt: null });
    expect(await there('first')).toEqual(['2026-10-06', '2026-10-07']);
  });
});

describe('a run that is made again after its destination changed', () => {
  const again = async (schedule: string, runId: string): Promise<void> => {
    await nights.first.schedules.runAgain(schedule, runId);
    await nights.ended(schedule);
  };

  it('moves its file and leaves no pointer to the old one', async () => {
    const [older] = await make(6, 7);
    await nights.first.schedules.update('nightly', { destination: 'second' });

    await again('nightly', '2026-10-07');
    expect([await there('first'), await there('second')]).toEqual([['2026-10-06'], ['2026-10-07']]);
    // The same as when that run was the newest.
    expect(await nights.json('first/latest.json')).toEqual({
      schedule: 'nightly',
      run_id: '2026-10-06',
      due_at: '2026-10-06T07:00:00.000Z',
      report_id: older.reportId,
      key: older.artifactKey,
      account_key: older.accountKey,
      size_bytes: older.sizeBytes,
      sha256: older.sha256,
    });

    await again('nightly', '2026-10-06');
    expect(await nights.keys('first')).toEqual([]);
    expect(await nights.json('second/latest.json')).toMatchObject({ run_id: '2026-10-07' });
  });

  it.each([
    ['on another date', '0 2 * * *', '2026-10-07T07:00:00Z', '2026-10-07'],
    ['on the same date, in the same place', '0 3 * * *', '2026-10-06T08:00:00Z', '2026-10-06'],
  ])('keeps a file that another schedule has written in the old place, %s', async (_when, cron, dueAt, runId) => {
    await make(6);
    await nights.first.schedules.update('nightly', { destination: 'second', enabled: false });
    await nights.create('other', { destination: 'first', cron });
    nights.clock.set(dueAt);
    await nights.first.due.queueDue();
    await nights.ended('other');

    await again('nightly', '2026-10-06');
    expect(await nights.json('first/latest.json')).toMatchObject({ schedule: 'other', run_id: runId });
    expect(await latest('first')).toMatch(/\ns,/);
    expect([await there('first'), await there('second')]).toEqual([[runId], ['2026-10-06']]);
  });
});
