import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { convertPolls } from '../../src/features/polls/convert-poll-rows.js';
import { migrate } from '../../src/platform/database/orm.js';
import { add, expectExact, loadAll, monday, sixWeeks } from './old-weeks.js';
import { type Program, openProgram } from './program.js';

/** A database of the version before store-days: six weeks of polls as rows. */
let program: Program;
const world = sixWeeks();
let polls: string[];

const allPolls = async (table: string): Promise<string[]> => {
  const { rows } = await program.database.pool.query(
    `select concat_ws(' ', external_id, polled_at, active) as line from ${table} join store on store.id = store_id`,
  );
  return rows.map(({ line }: { line: string }) => line).sort();
};
const weeksLeft = async (): Promise<number> =>
  (await program.database.pool.query(`select from pg_inherits where inhparent = to_regclass('status_poll_row')`))
    .rowCount ?? 0;

beforeAll(async () => {
  program = await openProgram();
  await loadAll(program, world);
  await add(program, world, 'always', false, monday(2) + 12_345);
  await program.rollups.bringUpToDate();
  polls = await allPolls('poll');
  await program.database.orm.migrator.down({ to: 'Migration20261129210000_hours_past_midnight' });
});
afterAll(() => program.close());

// The tests run in order: each continues from the state that the one before leaves.
describe('a database with polls as rows', () => {
  it('is restored by reverting the migration, with every poll', async () => {
    expect(polls.length).toBeGreaterThan(300);
    expect(await allPolls('status_poll')).toEqual(polls);
  });

  it('is converted week by week, and the conversion resumes after an interruption', async () => {
    const { pool } = program.database;
    await migrate(program.database.orm);
    expect(await weeksLeft()).toBe(6);
    const left: number[] = [];
    const brokenOff = convertPolls(pool, (weeks) => {
      left.push(weeks);
      if (weeks === 4) throw new Error('killed');
    });
    await expect(brokenOff).rejects.toThrow('killed');
    expect([left, await weeksLeft()]).toEqual([[6, 5, 4], 4]);
    await Promise.all([convertPolls(pool), convertPolls(pool)]);
    expect(await allPolls('poll')).toEqual(polls);
    expect((await pool.query(`select to_regclass('status_poll_row') as name`)).rows).toEqual([{ name: null }]);
  });

  it('keeps its figures', async () => {
    await expectExact(program, world, monday(1));
  });

  it('recognizes duplicate polls and accepts late ones', async () => {
    await add(program, world, 'days', false, monday(1) + 777);
    await add(program, world, 'days', false, monday(1) + 777);
    expect(await allPolls('poll')).toHaveLength(polls.length + 1);
    await expectExact(program, world, monday(1));
  });
});
