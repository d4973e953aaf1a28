import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from './instant.js';

const UNITS_MS = { d: DAY_MS, h: HOUR_MS, m: MINUTE_MS, s: SECOND_MS };

/** Part of every error about a duration. */
export const DURATION_FORM = 'a whole number with a unit: 90s, 30m, 3h or 2d';

/** Parses `90s`, `30m`, `3h` or `2d` to ms, or undefined. Elapsed time: a day is 24 hours. */
export function parseDuration(text: string): number | undefined {
  const match = /^(\d{1,9})([smhd])$/.exec(text.trim());
  return match ? Number(match[1]) * UNITS_MS[match[2] as keyof typeof UNITS_MS] : undefined;
}

/** Formats ms in the largest unit that divides it: `3h`. */
export function formatDuration(ms: number): string {
  const [unit, unitMs] = Object.entries(UNITS_MS).find(([, size]) => ms % size === 0) ?? ['s', SECOND_MS];
  return `${ms / unitMs}${unit}`;
}
