import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { PageStart } from '../../src/features/timelines/page-start.js';
import type { StoreOutage } from '../../src/features/timelines/store-outage.js';
import { type Program, openProgram } from './program.js';

const HOUR_MS = 3_600_000;

/** Stores that are open round the clock. `old` is inactive for a week of October 2024, and all of that is rolled up. */
describe('a poll that arrives late or after the last rollup', () => {
  let program: Program;

  beforeAll(async () => {
    program = await openProgram();
  });
  afterAll(() => program?.close());

  const poll = (storeId: string, active: boolean, at: string): Promise<unknown> =>
    program.polls.ingest([{ storeId, active, polledAtMs: Date.parse(at) }]);

  beforeEach(async () => {
    await program.forget();
    // A new name, because store ids are cached in memory.
    round++;
    await poll(`old${round}`, false, '2024-10-01T10:00:00Z');
    await poll(`old${round}`, true, '2024-10-08T10:00:00Z');
    await program.rollups.bringUpToDate();
  });
  let round = 0;

  const listed = (outages: readonly StoreOutage[]): string[] =>
    outages.map(({ storeId, startMs }) => `${storeId} ${new Date(startMs).toISOString()}`);

  async function pages(since: string, asOf: string, size: number): Promise<string[]> {
    const found: string[] = [];
    for (let start: PageStart | undefined, isFirst = true; isFirst || start; isFirst = false) {
      const page = await program.recentOutages.page(size, { since, asOf, start });
      found.push(...listed(page.outages));
      start = page.next;
    }
    return found;
  }

  it('is in the list of outages, even if its first poll is in the hour before since', async () => {
    await poll(`new${round}`, false, '2024-10-02T07:28:27.275Z');
    const expected = [`new${round} 2024-10-02T07:28:27.275Z`, `old${round} 2024-10-01T10:00:00.000Z`];
    const list = (size: number): Promise<string[]> => pages('2024-10-02T08:00:00Z', '2024-10-03T08:00:00Z', size);

    expect(await list(100)).toEqual(expected);
    expect(await list(1)).toEqual(expected);
    await program.rollups.bringUpToDate();
    expect(await list(100)).toEqual(expected);
  });

  it('is in the pages of the list exactly once', async () => {
    // Both begin in the last, short segment of the list's time range, which a page of one reads.
    await poll(`a${round}`, false, '2024-10-02T07:20:00Z');
    await poll(`b${round}`, false, '2024-10-02T07:40:00Z');
    expect(await pages('2024-10-02T07:10:00Z', '2024-10-02T07:50:00Z', 1)).toEqual([
      `b${round} 2024-10-02T07:40:00.000Z`,
      `a${round} 2024-10-02T07:20:00.000Z`,
      `old${round} 2024-10-01T10:00:00.000Z`,
    ]);
  });

  it('is in the figures of the fleet as of an instant within its hour', async () => {
    await poll(`new${round}`, false, '2024-10-02T07:20:00Z');
    const summary = await program.freshFleet().summary({ asOf: '2024-10-02T07:50:00Z', basis: 'all' });

    expect(summary.counts).toEqual({ up: 0, down: 1, silent: 1, closed: 0 });
    const [hour] = summary.windows;
    expect(hour.parts).toMatchObject({ openMs: 2 * HOUR_MS, downMs: HOUR_MS / 2, carriedDownMs: HOUR_MS });
    expect(summary.hours.at(-1)).toMatchObject({
      hourMs: Date.parse('2024-10-02T07:00:00Z'),
      parts: { openMs: (2 * HOUR_MS * 50) / 60, downMs: HOUR_MS / 2, carriedDownMs: (HOUR_MS * 50) / 60 },
    });
  });

  it('is in the hours of the fleet and of a store, which end at as-of', async () => {
    await poll(`old${round}`, false, '2024-10-08T13:00:00Z');
    await poll(`old${round}`, true, '2024-10-08T15:20:00Z');
    const fleet = program.freshFleet();
    const { hours } = await fleet.summary({ basis: 'all' });

    expect(hours).toHaveLength(168);
    const last = hours.slice(-6).map(({ hourMs, parts }) => [new Date(hourMs).getUTCHours(), parts.upMs, parts.downMs]);
    expect(last).toEqual([
      [10, HOUR_MS, 0],
      [11, HOUR_MS, 0],
      [12, HOUR_MS, 0],
      [13, 0, HOUR_MS],
      [14, 0, HOUR_MS],
      [15, 0, HOUR_MS / 3],
    ]);
    const heatmap = await fleet.heatmap({});
    expect([heatmap.hours.endMs, heatmap.rows.length]).toEqual([Date.parse('2024-10-08T15:20:00Z'), 1]);
    const [{ upPercent, downPercent, lostMs }] = heatmap.rows;
    expect(upPercent.slice(-6)).toEqual(Int8Array.of(100, 100, 100, 0, 0, 0));
    expect(downPercent.slice(-6)).toEqual(Int8Array.of(0, 0, 0, 100, 100, 100));
    // From 16:00 of the 1st to 10:00 of the 8th, and from 13:00 to as-of.
    expect(lostMs).toBe((162 + 2) * HOUR_MS + HOUR_MS / 3);

    const timeline = await program.timelines.timeline(`old${round}`, '2024-10-08T09:30:00Z', undefined);
    expect(timeline.hours.map(({ hourMs }) => new Date(hourMs).getUTCHours())).toEqual([10, 11, 12, 13, 14]);
  });

  it('does not move the window of later pages', async () => {
    for (const hour of ['10', '11', '12']) {
      await poll(`s${hour}-${round}`, false, `2024-10-08T${hour}:30:00Z`);
    }
    const first = await program.recentOutages.page(1);
    const one = await program.timelines.outagePage(`old${round}`, 1);
    await poll(`later${round}`, false, '2024-10-09T20:00:00Z');
    await poll(`s11-${round}`, true, '2024-10-09T21:00:00Z');
    const second = await program.recentOutages.page(100, { start: first.next });

    // As of the poll of 12:30, which is not before as-of.
    expect([...listed(first.outages), ...listed(second.outages)]).toEqual([
      `s11-${round} 2024-10-08T11:30:00.000Z`,
      `s10-${round} 2024-10-08T10:30:00.000Z`,
      `old${round} 2024-10-01T10:00:00.000Z`,
    ]);
    expect(second.outages[0].isOngoing).toBe(true);
    expect(one.next).toBeUndefined();
    await expect(program.recentOutages.page(1, { asOf: '2024-10-08T12:00:00Z', start: first.next })).rejects.toThrow(
      'page_token: belongs to a list with since=2024-10-07T12:30:00.000Z and as_of=2024-10-08T12:30:00.000Z',
    );
  });
});
