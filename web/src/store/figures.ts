import type { Schemas } from '../api/client.js';
import type { Basis } from '../api/fleet.js';
import { clock, inHours, inMinutes } from '../format/duration.js';

export type Totals = Schemas['TotalsDto'];
export type WindowName = 'last_hour' | 'last_day' | 'last_week';

/** A window of the report: how long it is, and how the CSV prints and calls its figures. */
export const WINDOWS: readonly {
  readonly name: WindowName;
  readonly title: string;
  readonly lengthMs: number;
  readonly unit: 'min' | 'h';
  readonly print: (ms: number) => string;
  /** The columns of the CSV, spelled as its users parse them. */
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

/** How uptime and downtime come of the parts, in the words of `storewatch explain`. */
export function sums(totals: Totals, basis: Basis): { uptime: string; downtime: string } {
  if (basis === 'observed') return { uptime: `up ${clock(totals.up_ms)}`, downtime: `down ${clock(totals.down_ms)}` };
  return {
    uptime: `up ${clock(totals.up_ms)} + carried up ${clock(totals.carried_up_ms)}`,
    downtime: `open ${clock(totals.open_ms)} - uptime ${clock(totals.all.uptime_ms)}`,
  };
}
