import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { FleetSnapshots } from '../../src/features/fleet/fleet-snapshots.js';
import type { FleetService, FleetSummary } from '../../src/features/fleet/fleet.service.js';
import { ReportInputsRepository } from '../../src/features/reports/make/report-inputs.repository.js';
import { RecentOutagesRepository } from '../../src/features/timelines/recent-outages.repository.js';
import { STORE_STATES } from '../../src/features/fleet/store-state.js';
import { type Program, openProgram } from './program.js';

type Summary = Omit<FleetSummary, 'computedAtMs' | 'work'>;

/** A large fleet is read in parts, and the hours of its stores only for the page that is shown. The answers are equal. */
describe('a fleet read in parts', () => {
  let program: Program;
  const names = Array.from({ length: 23 }, (_, i) => `store-${(i * 7) % 23}`);

  beforeAll(async () => {
    program = await openProgram();
    const polls = names.flatMap((name, i) =>
      Array.from({ length: 40 }, (_, hour) => {
        const at = new Date(Date.UTC(2026, 9, 5, hour, i)).toISOString().replace('T', ' ').replace('.000Z', ' UTC');
        return `${name},${(hour + i) % 5 === 0 ? 'inactive' : 'active'},${at}`;
      }),
    );
    await program.load('store_status', `store_id,status,timestamp_utc\n${polls.join('\n')}\n`);
    const zones = names.map((name, i) => `${name},${i % 2 === 0 ? 'Asia/Beirut' : 'America/Denver'}`);
    await program.load('store_timezones', `store_id,timezone_str\n${zones.join('\n')}\n`);
    const hours = names.slice(5).map((name) => `${name},0,08:00,20:00`);
    await program.load('business_hours', `store_id,day,start_time_local,end_time_local\n${hours.join('\n')}\n`);
    await program.rollups.bringUpToDate();
    // Late: its hours are not current. And a store without polls.
    await program.polls.ingest([{ storeId: 'store-3', active: false, polledAtMs: Date.UTC(2026, 9, 5, 3, 30) }]);
    await program.load('business_hours', 'store_id,day,start_time_local,end_time_local\nnever,1,08:00,20:00\n');
  });
  afterAll(() => program.close());

  const FILTER = '(state != closed AND store_id:1) OR (state = closed AND timezone = Asia/Beirut)';

  async function filteredSummary(fleet: FleetService, filter: string): Promise<Summary> {
    const { computedAtMs: _computed, work: _work, ...summary } = await fleet.summary({ basis: 'all', filter });
    return summary;
  }

  async function answers(fleet: FleetService): Promise<unknown[]> {
    const { computedAtMs: _computed, work: _work, ...summary } = await fleet.summary({ basis: 'all' });
    const first = await fleet.heatmap({ pageSize: 9 });
    return [
      summary,
      first,
      await fleet.heatmap({ pageSize: 9, pageToken: first.nextPageToken }),
      await fleet.heatmap({ sort: 'store_id', basis: 'observed', q: '1' }),
      await fleet.heatmap({ timezone: 'America/Denver', state: 'up' }),
      await fleet.heatmap({ from: '2026-10-05T00:00:00Z', to: '2026-10-05T12:30:00Z' }),
      await filteredSummary(fleet, FILTER),
      await fleet.heatmap({ filter: FILTER, pageSize: 3 }),
      await fleet.heatmap({ filter: FILTER, sort: 'store_id', state: 'down' }),
    ];
  }

  it('shows the same', async () => {
    const whole = await answers(program.freshFleet());
    expect(JSON.stringify(whole[1])).toContain('store-');
    Reflect.set(program.context.get(ReportInputsRepository), 'storesPerPart', 5);
    Reflect.set(program.context.get(FleetSnapshots), 'storesPerPart', 4);
    Reflect.set(program.context.get(FleetSnapshots), 'maxKeptHours', 10);
    expect(await answers(program.freshFleet())).toEqual(whole);
  });

  it('shows only the stores that match a filter, in their state', async () => {
    const fleet = program.freshFleet();
    const { rows } = await fleet.heatmap({ sort: 'store_id' });
    const expected = rows.filter(({ store, state }) =>
      state === 'closed' ? store.zone === 'Asia/Beirut' : store.storeId.includes('1'),
    );
    expect(new Set(expected.map(({ state }) => state)).size).toBeGreaterThan(1);
    const filtered = await fleet.heatmap({ sort: 'store_id', filter: FILTER });
    expect(filtered).toMatchObject({ total: expected.length, rows: expected });
  });

  it('sums what the filters of all states select to the whole fleet', async () => {
    const fleet = program.freshFleet();
    const whole = await filteredSummary(fleet, '');
    const parts = await Promise.all(STORE_STATES.map((state) => filteredSummary(fleet, `state = ${state}`)));
    for (const [index, state] of STORE_STATES.entries()) {
      expect(parts[index]).toMatchObject({ total: whole.counts[state], counts: { [state]: whole.counts[state] } });
    }
    const sum = (of: (summary: Summary) => number): number => parts.reduce((total, part) => total + of(part), 0);
    for (const window of whole.windows.keys()) {
      expect(sum(({ windows }) => windows[window].lostMs)).toBe(whole.windows[window].lostMs);
      expect(sum(({ windows }) => windows[window].storesWithLoss)).toBe(whole.windows[window].storesWithLoss);
    }
    for (const hour of whole.hours.keys()) {
      expect(sum(({ hours }) => hours[hour].parts.downMs)).toBe(whole.hours[hour].parts.downMs);
    }
  });

  it('lists the same outages', async () => {
    const pages = async (): Promise<unknown[]> => {
      const first = await program.recentOutages.page(7);
      const filtered = await program.recentOutages.page(50, { filter: 'store_id:1' });
      return [first, await program.recentOutages.page(50, { start: first.next }), filtered];
    };
    const whole = await pages();
    const all = await program.recentOutages.page(1_000);
    const { outages } = await program.recentOutages.page(1_000, { filter: 'store_id:1' });
    expect(outages).toEqual(all.outages.filter(({ storeId }) => storeId.includes('1')));
    expect(outages.length).toBeGreaterThan(5);
    expect(JSON.stringify(whole).match(/store-/g)!.length).toBeGreaterThan(30);
    Reflect.set(program.context.get(RecentOutagesRepository), 'storesPerPart', 4);
    expect(await pages()).toEqual(whole);
    Reflect.set(program.recentOutages, 'maxBegun', 3);
    expect(await pages()).toEqual(whole);
  });
});
