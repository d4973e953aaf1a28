import type { FleetHour } from '../api/fleet.js';

export interface HourShare {
  readonly hourMs: number;
  /** Fractions of the open time. They sum to 1; undefined: no store was open. */
  readonly shares?: { readonly up: number; readonly down: number; readonly silent: number };
}

export const shareOfHour = ({ hour, open_ms: open, up_ms: up, down_ms: down }: FleetHour): HourShare => ({
  hourMs: Date.parse(hour),
  ...(open > 0 && { shares: { up: up / open, down: down / open, silent: (open - up - down) / open } }),
});

/** Upper edges of the stacked areas, from the bottom: down, no recent data, up. x in seconds, y in percent. */
export function stackedWeek(hours: readonly FleetHour[]): [number[], ...(number | null)[][]] {
  const all = hours.map(shareOfHour);
  const edge = (of: (shares: NonNullable<HourShare['shares']>) => number): (number | null)[] =>
    all.map(({ shares }) => (shares ? 100 * of(shares) : null));
  return [
    all.map(({ hourMs }) => hourMs / 1_000),
    edge(() => 1),
    edge(({ down, silent }) => down + silent),
    edge(({ down }) => down),
  ];
}
