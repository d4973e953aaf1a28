import { HOUR_MS } from '../instant/instant.js';

/** A segment of elapsed time that a report says figures for: `[startMs, endMs)`, epoch ms UTC. */
export interface Window {
  readonly name: string;
  readonly startMs: number;
  readonly endMs: number;
}

/** Last hour, last day, last week: elapsed time before as-of, so a day in a DST night is still 24 hours. */
export const standardWindows = (asOfMs: number): readonly Window[] => [
  { name: 'last_hour', startMs: asOfMs - HOUR_MS, endMs: asOfMs },
  { name: 'last_day', startMs: asOfMs - 24 * HOUR_MS, endMs: asOfMs },
  { name: 'last_week', startMs: asOfMs - 168 * HOUR_MS, endMs: asOfMs },
];
