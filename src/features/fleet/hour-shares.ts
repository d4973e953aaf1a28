/** The share of an hour's open time observed up and down, in whole percent. */
export interface HourShares {
  readonly up: number;
  readonly down: number;
}

/**
 * Each share is rounded on its own, so the two may sum to 101. Adjusting one of them would make it wrong by more than
 * rounding.
 * @returns null when there is no open time
 */
export const hourShares = (openMs: number, upMs: number, downMs: number): HourShares | null =>
  openMs === 0 ? null : { up: percent(upMs, openMs), down: percent(downMs, openMs) };

/** The nearest whole percent, half up; 0 and 100 only if exact. */
function percent(ms: number, openMs: number): number {
  if (ms === 0 || ms === openMs) return ms === 0 ? 0 : 100;
  return Math.min(99, Math.max(1, Math.round((ms * 100) / openMs)));
}
