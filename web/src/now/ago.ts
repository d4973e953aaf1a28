import { spoken } from '../format/duration.js';

const DAY_MS = 86_400_000;

/** `12 min ago`, from two days on `3 days ago`; what is not past is `just now`, since clocks differ a little. */
export function ago(instantMs: number, nowMs: number): string {
  const ms = nowMs - instantMs;
  if (ms < 1_000) return 'just now';
  return ms < 2 * DAY_MS ? `${spoken(ms)} ago` : `${Math.floor(ms / DAY_MS).toLocaleString('en')} days ago`;
}
