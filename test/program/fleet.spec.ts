import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { HOUR_MS, formatInstant } from '#libs/instant/instant.js';
import { type Basis, addParts, downtimeMs, noParts } from '#libs/uptime/breakdown.js';
import { Evidence } from '#libs/uptime/segments.js';
import { standardWindows } from '#libs/uptime/windows.js';
import { type FleetSummary, FleetService, type HeatmapRow } from '../../src/features/fleet/fleet.service.js';
import { CLOSED } from '../../src/features/fleet/hour-matrix.js';
import { hourShares } from '../../src/features/fleet/hour-shares.js';
import type { StoreState } from '../../src/features/fleet/store-state.js';
import { generateSampleData } from '../../src/sample-data/generate.js';
import { entriesOf } from '../../src/features/timelines/in-order.js';
import { type Program, openProgram } from './program.js';

const BASES: readonly Basis[] = ['all', 'observed'];
const LOOK_MS = 100;

/** Compares the fleet with the timelines of its stores, each computed from polls and calendars. */
describe('the fleet', () => {
  let dir: string;
  let program: Program;
  let fleet: FleetService;
  let storeIds: string[];

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'storewatch-fleet-'));
    // The week of a DST night. Some stores are polled for the first time within it.
    await generateSampleData(dir, {
      stores: 40,
      days: 5,
      seed: 5,
      endMs: Date.parse('2026-11-03T17:20:00Z'),
      ids: 'uuid',
    });
    program = await openProgram();
    fleet = program.context.get(FleetService);
    for (const kind of ['store_timezones', 'business_hours', 'store_status'] as const) {
      await program.load(kind, await readFile(join(dir, `${kind}.csv`), 'utf8'));
    }
    const { rows } = await program.database.pool.query('select external_id as id from store order by external_id');
    storeIds = rows.map(({ id }: { id: string }) => id);
  });
  afterAll(async () => {
    await program?.close();
    await rm(dir, { recursive: true, force: true });
  });

  /** A summary that was computed after this call. */
  async function freshSummary(basis: Basis = 'all'): Promise<FleetSummary> {
    for (const sinceMs = Date.now(); ; await sleep(LOOK_MS)) {
      const summary = await fleet.summary({ basis });
      if (summary.computedAtMs > sinceMs) return summary;
    }
  }

  async function allRows(query: object = {}): Promise<HeatmapRow[]> {
    const rows: HeatmapRow[] = [];
    for (let pageToken: string | undefined = ''; pageToken !== undefined;) {
      const { rows: some, nextPageToken } = await fleet.heatmap({ ...query, pageSize: '15', pageToken });
      rows.push(...some);
      pageToken = nextPageToken;
    }
    return rows;
  }

  async function expectTrue(): Promise<void> {
    for (const basis of BASES) {
      const { asOfMs, windows, counts, total } = await freshSummary(basis);
      const states: Record<StoreState, number> = { up: 0, down: 0, silent: 0, closed: 0 };
      const sums = windows.map(() => ({ parts: noParts(), lostMs: 0, storesWithLoss: 0 }));
      const rows = new Map((await allRows({ basis })).map((row) => [row.store.storeId, row]));
      for (const storeId of storeIds) {
        for (const [i, { startMs, endMs }] of standardWindows(asOfMs).entries()) {
          const { totals } = await program.timelines.timeline(storeId, formatInstant(startMs), formatInstant(endMs));
          addParts(sums[i].parts, totals.parts);
          sums[i].lostMs += downtimeMs(totals.parts, basis);
          if (downtimeMs(totals.parts, basis) > 0) sums[i].storesWithLoss++;
        }
        states[await stateAt(storeId, asOfMs)]++;
        await expectRowTrue(rows.get(storeId)!, storeId, asOfMs, basis);
      }
      expect(windows.map(({ parts, lostMs, storesWithLoss }) => ({ parts, lostMs, storesWithLoss }))).toEqual(sums);
      expect(counts).toEqual(states);
      expect([total, rows.size]).toEqual([storeIds.length, storeIds.length]);
    }
  }

  async function stateAt(storeId: string, asOfMs: number): Promise<StoreState> {
    const { statuses } = await program.timelines.timeline(
      storeId,
      formatInstant(asOfMs - HOUR_MS),
      formatInstant(asOfMs),
    );
    const last = entriesOf(statuses).at(-1);
    if (last?.endMs !== asOfMs) return 'closed';
    if (last.kind === Evidence.up) return 'up';
    return last.kind === Evidence.down ? 'down' : 'silent';
  }

  async function expectRowTrue(row: HeatmapRow, storeId: string, asOfMs: number, basis: Basis): Promise<void> {
    const endMs = Math.ceil(asOfMs / HOUR_MS) * HOUR_MS;
    const [from, to] = [formatInstant(endMs - 168 * HOUR_MS), formatInstant(asOfMs)];
    const { totals, calendar, statuses } = await program.timelines.timeline(storeId, from, to);
    expect({ zone: row.store.zone, parts: row.parts }).toEqual({ zone: calendar.zone, parts: totals.parts });
    expect(row.lostMs).toBe(downtimeMs(totals.parts, basis));
    for (let hour = 0; hour < 168; hour++) {
      const hourMs = endMs - (168 - hour) * HOUR_MS;
      const sum = { open: 0, up: 0, down: 0 };
      for (const { startMs, endMs: untilMs, kind } of entriesOf(statuses)) {
        const ms = Math.max(0, Math.min(untilMs, hourMs + HOUR_MS) - Math.max(startMs, hourMs));
        sum.open += ms;
        if (kind === Evidence.up) sum.up += ms;
        if (kind === Evidence.down) sum.down += ms;
      }
      const shares = hourShares(sum.open, sum.up, sum.down);
      expect([row.upPercent[hour], row.downPercent[hour]]).toEqual([shares?.up ?? CLOSED, shares?.down ?? CLOSED]);
    }
  }

  it('is the sum of its stores before and after a rollup', async () => {
    await expectTrue();
    await program.rollups.bringUpToDate();
    await expectTrue();
  });

  it('reflects late polls and calendar changes at once, and after the rollup', async () => {
    const [closed, polled, moved] = storeIds;
    await program.timezones.setBusinessHours(closed, [
      { dayOfWeek: 1, startTimeLocal: '03:00', endTimeLocal: '04:00' },
    ]);
    await program.timezones.setTimezone(moved, 'Australia/Lord_Howe');
    await program.load('store_status', `store_id,status,timestamp_utc\n${polled},inactive,2026-11-01 06:30:00 UTC\n`);
    await expectTrue();
    await program.rollups.bringUpToDate();
    await expectTrue();
  });

  it('has the hours of all stores together', async () => {
    const { hours, asOfMs } = await freshSummary();
    const [ofHours, ofStores] = [noParts(), noParts()];
    for (const { parts } of hours) addParts(ofHours, parts);
    for (const { parts } of await allRows()) addParts(ofStores, parts);
    expect(ofHours).toEqual(ofStores);
    expect(hours).toHaveLength(168);
    expect(hours.map(({ hourMs }) => hourMs)).toEqual(hours.map((_, i) => hours[0].hourMs + i * HOUR_MS));
    expect(hours.at(-1)!.hourMs).toBe(Math.floor((asOfMs - 1) / HOUR_MS) * HOUR_MS);
  });

  it('is sorted by lost time, with each store on one page only', async () => {
    await freshSummary();
    const rows = await allRows();
    expect(rows.map(({ store }) => store.storeId).sort()).toEqual(storeIds);
    const isInOrder = rows.slice(1).every(({ lostMs, store }, i) => {
      const before = rows[i];
      return lostMs < before.lostMs || (lostMs === before.lostMs && store.storeId > before.store.storeId);
    });
    expect(isInOrder).toBe(true);
    expect((await allRows({ sort: 'store_id' })).map(({ store }) => store.storeId)).toEqual(storeIds);
  });

  it('can be searched by id, zone and state', async () => {
    const rows = await allRows();
    const some = rows[7];
    expect((await allRows({ q: some.store.storeId.slice(3, 20).toUpperCase() })).map(({ store }) => store)).toEqual([
      some.store,
    ]);
    const ofZone = rows.filter(({ store }) => store.zone === some.store.zone);
    expect(await allRows({ timezone: some.store.zone })).toEqual(ofZone);
    await program.timezones.setTimezone(storeIds[0], 'US/Central');
    await program.timezones.setTimezone(storeIds[1], 'America/Chicago');
    await freshSummary();
    const idsOf = async (timezone: string): Promise<string[]> =>
      (await allRows({ timezone })).map(({ store }) => store.storeId);
    expect(await idsOf('US/Central')).toEqual(await idsOf('America/Chicago'));
    expect(await idsOf('US/Central')).toEqual(expect.arrayContaining([storeIds[0], storeIds[1]]));
    const moved = await allRows();
    for (const state of ['up', 'closed']) {
      const those = moved.filter((row) => row.state === state);
      expect(those.length).toBeGreaterThan(0);
      expect(await allRows({ state })).toEqual(those);
    }
    expect(await allRows({ q: 'no such store' })).toEqual([]);
  });

  it('can be read as of an earlier instant, ignoring later polls', async () => {
    const to = '2026-11-02T12:00:00Z';
    const { counts, asOfMs } = await fleet.summary({ asOf: to, basis: 'all' });
    expect(asOfMs).toBe(Date.parse(to));
    const rows = await allRows({ from: '2026-11-02T06:00:00Z', to });
    expect(rows[0].upPercent).toHaveLength(6);
    for (const state of ['up', 'down', 'silent', 'closed'] as const) {
      expect(rows.filter((row) => row.state === state)).toHaveLength(counts[state]);
    }
    for (const { store, lostMs } of rows.slice(0, 5)) {
      const { totals } = await program.timelines.timeline(store.storeId, '2026-11-02T06:00:00Z', to);
      expect(lostMs).toBe(downtimeMs(totals.parts, 'all'));
    }
  });
});
