/** What of an hour's open time a store was observed up and down, in whole percent; the rest is silence. */
export interface HourShares {
  readonly up: number;
  readonly down: number;
}

/** @returns null where there is no open time. 0 and 100 only where it is exactly so. */
export function hourShares(openMs: number, upMs: number, downMs: number): HourShares | null {
  if (openMs === 0) return null;
  const [up, down] = [percent(upMs, openMs), percent(downMs, openMs)];
  // rounding leaves something for what there is, and takes it from the greatest
  const most = upMs + downMs < openMs ? 99 : 100;
  const excess = up + down - most;
  if (excess <= 0) return { up, down };
  return up > down ? { up: up - excess, down } : { up, down: down - excess };
}

function percent(ms: number, openMs: number): number {
  if (ms === 0 || ms === openMs) return ms === 0 ? 0 : 100;
  return Math.min(99, Math.max(1, Math.round((ms * 100) / openMs)));
}
