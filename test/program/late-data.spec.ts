import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Program, openProgram } from './program.js';

describe('what is computed again', () => {
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

  it('is nothing when nothing happened', async () => {
    expect(await program.rollups.bringUpToDate()).toEqual({ blocks: 0, rows: 0 });
  });

  it('is the hours from a late poll to the store’s next poll, and no other store', async () => {
    await ingest('a', '03:15:00');
    expect((await program.rollups.bringUpToDate()).rows).toBe(3); // 03, 04 and 05, where the next poll is
  });

  it('is one hour when the next poll is in the same hour', async () => {
    await ingest('a', '05:10:00');
    expect((await program.rollups.bringUpToDate()).rows).toBe(1);
  });

  it('is nothing when the poll was known', async () => {
    await ingest('a', '05:10:00');
    expect((await program.rollups.bringUpToDate()).rows).toBe(0);
  });

  it('begins with the late poll when it is the store’s first', async () => {
    await ingest('b', '00:30:00');
    expect((await program.rollups.bringUpToDate()).rows).toBe(2); // 00 and 01: 02 begins with its own poll
  });

  it('is all of a store’s hours when its calendar changes', async () => {
    await program.timezones.setTimezone('a', 'Asia/Kathmandu');
    expect((await program.rollups.bringUpToDate()).rows).toBe(8); // 01 to 08
  });

  it('is nothing when a calendar is set to what it was', async () => {
    await program.timezones.setTimezone('a', 'Asia/Kathmandu');
    expect((await program.rollups.bringUpToDate()).rows).toBe(0);
  });

  it('is an hour of every store that is known by a poll when another hour is complete', async () => {
    await ingest('a', '10:01:00');
    expect((await program.rollups.bringUpToDate()).rows).toBe(2); // 09 of a and of b
  });
});
