import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Roles } from '../../src/platform/config/roles.js';
import { MAX_CATCH_UP_RUNS } from '../../src/features/schedules/due-runs.js';
import { SchedulesRepository } from '../../src/features/schedules/schedules.repository.js';
import { type Nights, openNights } from './nights.js';

/** Tests which runs are due and who creates them. No report is made here. */
let nights: Nights;

beforeAll(async () => {
  nights = await openNights();
});
afterAll(() => nights.close());
afterEach(async () => {
  await nights.database.pool.query('delete from schedule');
});

const at = async (now: string): Promise<void> => {
  nights.clock.set(now);
  await nights.first.due.queueDue();
};
const dueAt = async (name: string): Promise<string[]> =>
  (await nights.runs(name)).map((run) => run.dueAt.toISOString().replace(':00.000Z', 'Z'));
const runIds = async (name: string): Promise<string[]> => (await nights.runs(name)).map(({ runId }) => runId);
const jobs = async (name: string): Promise<number> =>
  (await nights.database.pool.query(`select from pgboss.job where data->>'schedule' = $1`, [name])).rowCount!;

describe('a schedule that is due', () => {
  it('creates one run, from its exact time on', async () => {
    nights.clock.set('2026-10-05T12:00:00Z');
    await nights.create('nightly');
    await at('2026-10-06T06:59:59.999Z');
    expect(await dueAt('nightly')).toEqual([]);
    await at('2026-10-06T07:00:00Z');
    await at('2026-10-06T07:00:10Z');
    expect(await nights.runs('nightly')).toEqual([
      expect.objectContaining({ runId: '2026-10-06', status: 'Running', attempt: 0, reportId: null }),
    ]);
  });

  it('creates one run with one job, even if two schedulers tick at the same moment, fifty times', async () => {
    nights.clock.set('2026-10-05T00:00:00Z');
    const [one, two] = await Promise.all([nights.join(Roles.none), nights.join(Roles.none)]);
    await nights.create('often', { cron: '* * * * *' });
    for (let minute = 1; minute <= 50; minute++) {
      nights.clock.set(new Date(Date.parse('2026-10-05T00:00:00Z') + minute * 60_000).toISOString());
      await Promise.all([one.due.queueDue(), two.due.queueDue()]);
    }
    expect(await dueAt('often')).toHaveLength(50);
    expect(await jobs('often')).toBe(50);
    await Promise.all([one.close(), two.close()]);
  });

  it('creates exactly one run in each night with a DST change', async () => {
    nights.clock.set('2026-10-30T12:00:00Z');
    await nights.create('autumn');
    for (let hour = 0; hour < 72; hour++) {
      await at(new Date(Date.parse('2026-10-30T12:00:00Z') + hour * 3_600_000).toISOString());
    }
    expect(await dueAt('autumn')).toEqual(['2026-10-31T07:00Z', '2026-11-01T08:00Z', '2026-11-02T08:00Z']);
    nights.clock.set('2026-03-06T12:00:00Z');
    await nights.create('spring');
    for (let hour = 0; hour < 72; hour++) {
      await at(new Date(Date.parse('2026-03-06T12:00:00Z') + hour * 3_600_000).toISOString());
    }
    expect(await dueAt('spring')).toEqual(['2026-03-07T08:00Z', '2026-03-08T08:00Z', '2026-03-09T07:00Z']);
    expect(await runIds('spring')).toEqual(['2026-03-07', '2026-03-08', '2026-03-09']);
  });
});

describe('missed runs', () => {
  it('are made up for: the newest seven, oldest first', async () => {
    nights.clock.set('2026-10-05T12:00:00Z');
    await nights.create('nightly');
    await at('2026-10-15T12:00:00Z'); // after ten nights
    expect(await runIds('nightly')).toEqual(
      Array.from({ length: MAX_CATCH_UP_RUNS }, (_, i) => `2026-10-${String(9 + i).padStart(2, '0')}`),
    );
    const { rows } = await nights.database.pool.query(
      `select due_at from schedule_run join pgboss.job on job.id = job_id order by job.created_on`,
    );
    expect(rows.map(({ due_at: due }) => Date.parse(due as string))).toEqual(
      (await nights.runs('nightly')).map((run) => run.dueAt.getTime()),
    );
    // The three before are never made.
    await at('2026-10-16T12:00:00Z');
    expect(await runIds('nightly')).toHaveLength(MAX_CATCH_UP_RUNS + 1);
  });

  it('exclude times before the schedule existed or while it was disabled', async () => {
    nights.clock.set('2026-10-05T12:00:00Z');
    await nights.create('nightly', { enabled: false });
    await at('2026-10-08T12:00:00Z');
    expect(await runIds('nightly')).toEqual([]);
    await nights.first.schedules.update('nightly', { enabled: true });
    await at('2026-10-08T12:00:10Z');
    expect(await runIds('nightly')).toEqual([]);
    await at('2026-10-09T12:00:00Z');
    expect(await runIds('nightly')).toEqual(['2026-10-09']);
    await nights.first.schedules.update('nightly', { enabled: false });
    await at('2026-10-12T12:00:00Z');
    expect(await runIds('nightly')).toEqual(['2026-10-09']);
  });

  it('of the schedule of a new database count from the first tick of a scheduler', async () => {
    await nights.database.pool.query(
      `insert into schedule (name, cron, timezone, basis, format, destination, gzip, enabled, created_at)
       values ('nightly', '0 2 * * *', 'America/Chicago', 'all', 'csv', 'nightly', false, true, '2026-09-01')`,
    );
    await at('2026-10-05T12:00:00Z');
    expect(await runIds('nightly')).toEqual([]);
    await at('2026-10-06T12:00:00Z');
    expect(await runIds('nightly')).toEqual(['2026-10-06']);
  });
});

describe('a changed schedule', () => {
  it('is due at its new times, even twice on one date', async () => {
    nights.clock.set('2026-10-05T12:00:00Z');
    await nights.create('nightly');
    await at('2026-10-06T07:30:00Z');
    await nights.first.schedules.update('nightly', { cron: '0 4 * * *' });
    await at('2026-10-06T09:30:00Z');
    await at('2026-10-07T09:30:00Z');
    expect(await dueAt('nightly')).toEqual(['2026-10-06T07:00Z', '2026-10-06T09:00Z', '2026-10-07T09:00Z']);
    expect(await runIds('nightly')).toEqual(['2026-10-06', '2026-10-06T0900Z', '2026-10-07']);
  });

  it.each([
    ['has other times', { cron: '0 5 * * *' }],
    ['has another zone', { timezone: 'Europe/Berlin' }],
    ['is disabled', { enabled: false }],
  ])('is not run for an old time by a scheduler that read it just before it %s', async (_, change) => {
    nights.clock.set('2026-10-05T12:00:00Z');
    await nights.create('changed');
    const schedules = nights.first.context.get(SchedulesRepository);
    const enabled = schedules.enabled.bind(schedules);
    jest.spyOn(schedules, 'enabled').mockImplementationOnce(async () => {
      const read = await enabled();
      await nights.first.schedules.update('changed', change);
      return read;
    });
    await at('2026-10-06T07:00:00Z');
    expect(await runIds('changed')).toEqual([]);
    expect(await jobs('changed')).toBe(0);
  });

  it('names runs by the minute when there can be several a day, and runs once in the hour that repeats', async () => {
    nights.clock.set('2026-11-01T05:45:00Z');
    await nights.create('often', { cron: '30 * * * *' });
    await at('2026-11-01T08:45:00Z');
    expect(await runIds('often')).toEqual(['2026-11-01T0630Z', '2026-11-01T0730Z', '2026-11-01T0830Z']);
  });
});

describe('a removed schedule', () => {
  it('is no longer due, and neither is a new one with its name', async () => {
    nights.clock.set('2026-10-05T12:00:00Z');
    await nights.create('nightly');
    await at('2026-10-06T12:00:00Z');
    await nights.first.schedules.remove('nightly');
    await at('2026-10-07T12:00:00Z');
    await nights.create('nightly');
    await at('2026-10-07T12:00:10Z');
    expect(await runIds('nightly')).toEqual([]);
  });
});
