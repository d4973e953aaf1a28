import type { Schemas } from '../api/client.js';
import type { Basis } from '../api/fleet.js';
import { hms, inHours, inMinutes } from '../format/duration.js';

export type Totals = Schemas['TotalsDto'];
export type WindowName = 'last_hour' | 'last_day' | 'last_week';

/** The windows of the report, with the units and column names of the CSV. */
export const WINDOWS: readonly {
  readonly name: WindowName;
  readonly title: string;
  readonly lengthMs: number;
  readonly unit: 'min' | 'h';
  readonly print: (ms: number) => string;
  /** Columns of the CSV. The spelling `update_last_week` is deliberate: existing parsers expect it. */
  readonly columns: { readonly uptime: string; readonly downtime: string };
}[] = [
  {
    name: 'last_hour',
    title: 'Last hour',
    lengthMs: 3_600_000,
    unit: 'min',
    print: inMinutes,
    columns: { uptime: 'uptime_last_hour(in minutes)', downtime: 'downtime_last_hour(in minutes)' },
  },
  {
    name: 'last_day',
    title: 'Last day',
    lengthMs: 24 * 3_600_000,
    unit: 'h',
    print: inHours,
    columns: { uptime: 'uptime_last_day(in hours)', downtime: 'downtime_last_day(in hours)' },
  },
  {
    name: 'last_week',
    title: 'Last week',
    lengthMs: 168 * 3_600_000,
    unit: 'h',
    print: inHours,
    columns: { uptime: 'update_last_week(in hours)', downtime: 'downtime_last_week(in hours)' },
  },
];

/** The formulas of uptime and downtime, as `storewatch explain` prints them. */
export function formulas(totals: Totals, basis: Basis): { uptime: string; downtime: string } {
  if (basis === 'observed') return { uptime: `up ${hms(totals.up_ms)}`, downtime: `down ${hms(totals.down_ms)}` };
  return {
    uptime: `up ${hms(totals.up_ms)} + carried up ${hms(totals.carried_up_ms)}`,
    downtime: `open ${hms(totals.open_ms)} - uptime ${hms(totals.all.uptime_ms)}`,
  };
}
