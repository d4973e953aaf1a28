import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Program, openProgram } from './program.js';

describe('a rollup recomputes', () => {
  let program: Program;
  const at = (text: string): number => Date.parse(`2026-10-05T${text}Z`);
  const ingest = async (storeId: string, ...times: string[]): Promise<unknown> =>
    program.polls.ingest(times.map((time) => ({ storeId, active: true, polledAtMs: at(time) })));

  beforeAll(async () => {
    program = await openProgram();
    await ingest('a', '01:10:00', '05:20:00', '08:30:00');
    await ingest('b', '02:00:00', '09:59:00');
    await program.rollups.bringUpToDate();
  });
  afterAll(() => program.close());

  it('nothing when nothing has changed', async () => {
    expect(await program.rollups.bringUpToDate()).toEqual({ blocks: 0, rows: 0 });
  });

  it('the sealed part of the day of a late poll, and no other store', async () => {
    await ingest('a', '03:15:00');
    expect((await program.rollups.bringUpToDate()).rows).toBe(8); // 01 to 08
  });

  it('nothing when the poll is a duplicate', async () => {
    await ingest('a', '03:15:00');
    expect((await program.rollups.bringUpToDate()).rows).toBe(0);
  });

  it('from the late poll on when it is the store’s first', async () => {
    await ingest('b', '00:30:00');
    expect((await program.rollups.bringUpToDate()).rows).toBe(9); // 00 to 08
  });

  it('all hours of a store when its calendar changes', async () => {
    await program.timezones.setTimezone('a', 'Asia/Kathmandu');
    expect((await program.rollups.bringUpToDate()).rows).toBe(8); // 01 to 08
  });

  it('nothing when a calendar is set to the same value', async () => {
    await program.timezones.setTimezone('a', 'Asia/Kathmandu');
    expect((await program.rollups.bringUpToDate()).rows).toBe(0);
  });

  it('the day of every store with polls when another hour is complete', async () => {
    await ingest('a', '10:01:00');
    expect((await program.rollups.bringUpToDate()).rows).toBe(9 + 10); // a from 01 on, b from 00 on
  });

  it('days without polls until the carried status is unchanged', async () => {
    await program.polls.ingest([{ storeId: 'd', active: true, polledAtMs: Date.parse('2026-09-20T10:00Z') }]);
    await program.polls.ingest([{ storeId: 'd', active: true, polledAtMs: Date.parse('2026-10-01T10:00Z') }]);
    await program.rollups.bringUpToDate();
    await program.polls.ingest([{ storeId: 'd', active: false, polledAtMs: Date.parse('2026-09-21T10:00Z') }]);
    const { rows } = await program.rollups.bringUpToDate();
    expect(rows).toBeGreaterThanOrEqual(24 * 11); // 21 September to 1 October
    const computed = await program.rollupRows();
    await program.database.pool.query('truncate uptime_day');
    await program.database.pool.query('update rollup_block set rolled_to = null');
    await program.rollups.bringUpToDate();
    expect(await program.rollupRows()).toEqual(computed);
  });

  it('as far as the longest of several late batches that begin with the same poll', async () => {
    await ingest('c', '01:00:00', '01:30:00'); // The status of the second one lasts to the end.
    await program.polls.ingest([{ storeId: 'c', active: false, polledAtMs: at('01:00:00') }]); // that of the first, to 01:30
    expect((await program.rollups.bringUpToDate()).rows).toBe(9); // 01 to 09
  });
});

describe('after a calendar change, a rollup recomputes', () => {
  let program: Program;
  const rolled = async (): Promise<number> => (await program.rollups.bringUpToDate()).rows;

  beforeAll(async () => {
    program = await openProgram();
    await program.timezones.setTimezone('a', 'UTC');
    // Every hour from the 1st, 00:30, to the 10th, 23:30; sealed up to the 10th, 23:00.
    const polls = Array.from({ length: 240 }, (_, hour) => Date.parse('2026-10-01T00:30Z') + hour * 3_600_000);
    await program.polls.ingest(polls.map((polledAtMs) => ({ storeId: 'a', active: true, polledAtMs })));
    await program.polls.ingest([{ storeId: 'b', active: false, polledAtMs: polls[0] }]);
    expect(await rolled()).toBe(2 * 239);
  });
  afterAll(() => program.close());

  it('a closed day and the next, where polls of that day would have been valid for three hours', async () => {
    await program.timezones.setSpecialHours('a', '2026-10-05', []);
    expect(await rolled()).toBe(2 * 24);
  });

  it('the difference between two openings of one day', async () => {
    const opening = [{ startTimeLocal: '10:00', endTimeLocal: '15:00' }];
    await program.timezones.setSpecialHours('a', '2026-10-05', opening);
    expect(await rolled()).toBe(24);
  });

  it('nothing when the calendar is unchanged or the day is in the future', async () => {
    const opening = [{ startTimeLocal: '10:00', endTimeLocal: '15:00' }];
    await program.timezones.setSpecialHours('a', '2026-10-05', opening);
    await program.timezones.setSpecialHours('a', '2026-12-25', []);
    expect(await rolled()).toBe(0);
  });

  it('the same day again when its weekly hours are restored', async () => {
    await program.timezones.removeSpecialHours('a', '2026-10-05');
    expect(await rolled()).toBe(2 * 24);
  });

  it('the time after a last day', async () => {
    await program.timezones.setLife('a', null, '2026-10-08');
    expect(await rolled()).toBe(24 + 23); // the 9th, and the sealed part of the 10th
  });

  it('the time between an old last day and a new one', async () => {
    await program.timezones.setLife('a', null, '2026-10-09');
    expect(await rolled()).toBe(24 + 23);
  });

  it('nothing when the first day is before the first poll', async () => {
    await program.timezones.setLife('a', '2026-09-01', '2026-10-09');
    expect(await rolled()).toBe(0);
  });

  it('nothing for the default zone set explicitly', async () => {
    await program.timezones.setTimezone('b', 'America/Chicago');
    expect(await rolled()).toBe(0);
    expect(await program.timezones.calendar('b')).toMatchObject({ zoneIsDefault: false });
  });
});

describe('a new week', () => {
  it('is computed block by block when one block has earlier hours to compute', async () => {
    const program = await openProgram();
    const ingest = (storeId: string, ...times: string[]): Promise<unknown> =>
      program.polls.ingest(times.map((time) => ({ storeId, active: true, polledAtMs: Date.parse(`${time}Z`) })));
    try {
      // 2026-10-05 is a Monday, and a week begins
      await ingest('a', '2026-10-04T22:10', '2026-10-05T00:05');
      expect((await program.rollups.bringUpToDate()).rows).toBe(2); // 22 and 23
      await program.database.pool.query('alter table store alter id restart with 1001'); // the first of the next block
      await ingest('z', '2026-10-04T22:30', '2026-10-05T00:20');
      await ingest('a', '2026-10-05T01:05');
      expect((await program.rollups.bringUpToDate()).rows).toBe(4); // hour 00 of a; hours 22, 23 and 00 of z
      expect((await program.rollupRows()).map((row) => row.slice(0, 15))).toEqual([
        'a 2026-10-04 22',
        'a 2026-10-04 23',
        'a 2026-10-04 su', // the sum of the day
        'a 2026-10-05 00',
        'a 2026-10-05 su',
        'z 2026-10-04 22',
        'z 2026-10-04 23',
        'z 2026-10-04 su',
        'z 2026-10-05 00',
        'z 2026-10-05 su',
      ]);
    } finally {
      await program.close();
    }
  });
});
