import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { MINUTE_MS } from '../../libs/instant/instant.js';
import { type Program, openProgram } from './program.js';
import { recorded } from './recorded.js';

let program: Program;
beforeEach(async () => {
  program = await openProgram();
});
afterEach(() => program.close());

const at = (day: number, hour: number): number => Date.UTC(2026, 9, day, hour);

/** 1,500 polls of three stores, a minute apart. */
const batch = (fromMs: number, active = true, stores = 'abc') =>
  Array.from({ length: 1_500 }, (_, i) => ({
    storeId: stores[i % 3],
    active,
    polledAtMs: fromMs + Math.floor(i / 3) * MINUTE_MS,
  }));

const COPY = /^copy status_poll /;
/** The result of a batch, and whether it was written with COPY. */
async function ingest(
  fromMs: number,
  active?: boolean,
  stores?: string,
): Promise<[accepted: number, duplicate: number, copied: boolean]> {
  let result = { accepted: NaN, duplicate: NaN };
  const statements = await recorded(async () => {
    result = await program.polls.ingest(batch(fromMs, active, stores));
  });
  return [result.accepted, result.duplicate, [...statements].some((text) => COPY.test(text))];
}

async function rows(): Promise<{ count: number; active: number }> {
  const { rows: found } = await program.database.pool.query(
    'select count(*)::int as count, (count(*) filter (where active))::int as active from poll',
  );
  return found[0];
}

describe('a batch of a thousand polls', () => {
  it('is copied when all of it is later than the stored polls, and compared with them otherwise', async () => {
    expect(await ingest(at(6, 0))).toEqual([1_500, 0, true]);
    expect(await ingest(at(7, 0))).toEqual([1_500, 0, true]);
    expect(await ingest(at(7, 0))).toEqual([0, 1_500, false]); // again
    expect(await ingest(at(7, 1))).toEqual([180, 1_320, false]); // one hour of it is new
    expect(await ingest(at(7, 0), false)).toEqual([1_500, 0, false]); // inactive wins
    expect(await ingest(at(5, 0))).toEqual([1_500, 0, false]); // late
    expect(await rows()).toEqual({ count: 4_680, active: 3_180 });
  });

  it('is copied when it begins at the instant of the latest poll, and counts a stored poll as a duplicate', async () => {
    const lastMs = 499 * MINUTE_MS;
    expect(await ingest(at(6, 0))).toEqual([1_500, 0, true]);
    expect(await ingest(at(6, 0) + lastMs, true, 'xyz')).toEqual([1_500, 0, true]);
    expect(await ingest(at(6, 0) + 2 * lastMs, true, 'xyz')).toEqual([1_497, 3, true]); // tries COPY first
    expect(await rows()).toEqual({ count: 4_497, active: 4_497 });
  });

  it('is in the rollups like any other', async () => {
    await program.load('business_hours', 'store_id,day,start_time_local,end_time_local\na,1,01:00:00,02:30:00\n');
    await ingest(at(5, 0));
    await program.rollups.bringUpToDate();
    await ingest(at(5, 8) + 20 * MINUTE_MS); // continues in an unfinished hour
    await ingest(at(12, 22)); // spans two weeks
    await program.rollups.bringUpToDate();
    const computed = await program.rollupRows();
    await program.database.pool.query('truncate uptime_day, rollup_due');
    await program.database.pool.query('update rollup_block set rolled_to = null');
    await program.rollups.bringUpToDate();
    expect(await program.rollupRows()).toEqual(computed);
    expect(computed.length).toBeGreaterThan(500);
  });

  it('counts once when it arrives twice at the same time, as a retry may', async () => {
    // Spans two weeks.
    const answers = await Promise.all([1, 2, 3, 4].map(() => program.polls.ingest(batch(at(11, 20)))));
    expect(answers.map(({ accepted }) => accepted).sort((a, b) => a - b)).toEqual([0, 0, 0, 1_500]);
    expect(await rows()).toEqual({ count: 1_500, active: 1_500 });
  });
});
