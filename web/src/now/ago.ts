import { formatDuration } from '../format/duration.js';

const DAY_MS = 86_400_000;

/** `12 min ago`, or `3 days ago` from two days on. Instants in the future are `just now`, because clocks differ slightly. */
export function ago(instantMs: number, nowMs: number): string {
  const ms = nowMs - instantMs;
  if (ms < 1_000) return 'just now';
  return ms < 2 * DAY_MS ? `${formatDuration(ms)} ago` : `${Math.floor(ms / DAY_MS).toLocaleString('en')} days ago`;
}
