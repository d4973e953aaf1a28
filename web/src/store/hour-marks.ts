import { type LocalDay, wallClockMs } from './local-time.js';

const HOUR_MS = 3_600_000;
const WALL_HOURS = [0, 3, 6, 9, 12, 15, 18, 21];

export interface HourMark {
  /** Epoch ms. For an hour that occurs twice, the first occurrence. */
  readonly atMs: number;
  /** Hour of the wall clock; 24 is the end of the date. */
  readonly hour: number;
}

/** Every third wall-clock hour of a date, without the hours that a clock change skips. */
export function hourMarks({ date, startMs, endMs, change }: LocalDay, zone: string): HourMark[] {
  const firstMs = wallClockMs(startMs, zone) - Date.parse(date);
  const marks = WALL_HOURS.map((hour) => {
    const early = { hour, atMs: startMs + hour * HOUR_MS - firstMs };
    return change && early.atMs >= change.atMs ? { hour, atMs: early.atMs - change.byMs } : early;
  });
  const isShown = ({ hour, atMs }: HourMark): boolean =>
    atMs >= startMs && wallClockMs(atMs, zone) - Date.parse(date) === hour * HOUR_MS;
  return [...marks.filter(isShown), { hour: 24, atMs: endMs }];
}
