import { HOUR_MS } from '../instant/instant.js';

/** A time range `[startMs, endMs)` that a report covers, epoch ms UTC. */
export interface Window {
  readonly name: string;
  readonly startMs: number;
  readonly endMs: number;
}

/** Last hour, day and week: elapsed time before as-of, so a day with a DST change still has 24 hours. */
export const standardWindows = (asOfMs: number): readonly Window[] => [
  { name: 'last_hour', startMs: asOfMs - HOUR_MS, endMs: asOfMs },
  { name: 'last_day', startMs: asOfMs - 24 * HOUR_MS, endMs: asOfMs },
  { name: 'last_week', startMs: asOfMs - 168 * HOUR_MS, endMs: asOfMs },
];
