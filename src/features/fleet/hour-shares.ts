/** What of an hour's open time a store was observed up and down, in whole percent. */
export interface HourShares {
  readonly up: number;
  readonly down: number;
}

/**
 * Each share is rounded by itself, so the two may sum to 101: adjusting one to the other would make it wrong by more than its
 * rounding.
 * @returns null where there is no open time
 */
export const hourShares = (openMs: number, upMs: number, downMs: number): HourShares | null =>
  openMs === 0 ? null : { up: percent(upMs, openMs), down: percent(downMs, openMs) };

/** The nearest whole percent, half up. 0 and 100 only where it is exactly so. */
function percent(ms: number, openMs: number): number {
  if (ms === 0 || ms === openMs) return ms === 0 ? 0 : 100;
  return Math.min(99, Math.max(1, Math.round((ms * 100) / openMs)));
}
