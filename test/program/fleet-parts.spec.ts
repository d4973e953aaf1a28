import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { FleetSnapshots } from '../../src/features/fleet/fleet-snapshots.js';
import type { FleetService } from '../../src/features/fleet/fleet.service.js';
import { ReportInputsRepository } from '../../src/features/reports/make/report-inputs.repository.js';
import { RecentOutagesRepository } from '../../src/features/timelines/recent-outages.repository.js';
import { type Program, openProgram } from './program.js';

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

  it('lists the same outages', async () => {
    const pages = async (): Promise<unknown[]> => {
      const first = await program.recentOutages.page(7);
      return [first, await program.recentOutages.page(50, { start: first.next })];
    };
    const whole = await pages();
    expect(JSON.stringify(whole).match(/store-/g)!.length).toBeGreaterThan(30);
    Reflect.set(program.context.get(RecentOutagesRepository), 'storesPerPart', 4);
    expect(await pages()).toEqual(whole);
    Reflect.set(program.recentOutages, 'maxBegun', 3);
    expect(await pages()).toEqual(whole);
  });
});
