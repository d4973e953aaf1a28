import type { FleetHour } from '../api/fleet.js';

export interface HourShare {
  readonly hourMs: number;
  /** Fractions of the open time, that sum up to 1; undefined: no store was open. */
  readonly shares?: { readonly up: number; readonly down: number; readonly silent: number };
}

export const shareOfHour = ({ hour, open_ms: open, up_ms: up, down_ms: down }: FleetHour): HourShare => ({
  hourMs: Date.parse(hour),
  ...(open > 0 && { shares: { up: up / open, down: down / open, silent: (open - up - down) / open } }),
});

/** Borders of the areas that are stacked from below: down, then silence, then up. x in seconds, y in percent. */
export function stackedWeek(hours: readonly FleetHour[]): [number[], ...(number | null)[][]] {
  const all = hours.map(shareOfHour);
  const border = (of: (shares: NonNullable<HourShare['shares']>) => number): (number | null)[] =>
    all.map(({ shares }) => (shares ? 100 * of(shares) : null));
  return [
    all.map(({ hourMs }) => hourMs / 1_000),
    border(() => 1),
    border(({ down, silent }) => down + silent),
    border(({ down }) => down),
  ];
}
