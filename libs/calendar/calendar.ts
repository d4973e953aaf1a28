import { DAY_MS, HOUR_MS, MINUTE_MS } from '../instant/instant.js';
import { type Interval, clip, unite } from '../intervals/intervals.js';
import { Zone } from './zone.js';

/** The zone of a store that has none. */
export const DEFAULT_ZONE = 'America/Chicago';

/** One row of business hours, as its source wrote it. */
export interface BusinessHours {
  /** 0 is Monday; the local date on which the opening starts. */
  readonly dayOfWeek: number;
  /** Local time of day in ms, `[0, 24 h)`. */
  readonly startMs: number;
  /** Local time of day in ms, `[0, 24 h]`; at or before the start it means the next local date. */
  readonly endMs: number;
}

/** When a store is open: its zone and its week. No rows at all mean open round the clock; no row for a weekday, closed. */
export interface Calendar {
  readonly zone: string;
  readonly weekly: readonly BusinessHours[];
}

/** An end from here on is the end of the day: people write midnight as 23:59, 23:59:59 or 24:00. */
const END_OF_DAY_MS = 23 * HOUR_MS + 59 * MINUTE_MS;

/** How long after the local midnight of its start date an opening ends, in local ms: up to 48 h. */
export function endAfterMidnightMs({ startMs, endMs }: BusinessHours): number {
  const end = endMs >= END_OF_DAY_MS ? DAY_MS : endMs;
  return end <= startMs ? end + DAY_MS : end;
}

/**
 * The store's openings inside `[fromMs, toMs)`: sorted, united, UTC. A start or end that the window cuts off is the
 * window's own edge, so whoever needs to know where an opening really began asks from early enough.
 */
export function openIntervals(calendar: Calendar, fromMs: number, toMs: number): Interval[] {
  if (toMs <= fromMs) return [];
  if (calendar.weekly.length === 0) return [{ startMs: fromMs, endMs: toMs }];
  const zone = Zone.get(calendar.zone);
  const openings: Interval[] = [];
  // Local and UTC differ by less than a day, and an opening ends within 48 h of the midnight of its date.
  const firstDay = Math.floor(fromMs / DAY_MS) - 3;
  const lastDay = Math.floor(toMs / DAY_MS) + 1;
  for (let day = firstDay; day <= lastDay; day++) {
    const dayOfWeek = (((day + THURSDAY) % 7) + 7) % 7;
    for (const hours of calendar.weekly) {
      if (hours.dayOfWeek !== dayOfWeek) continue;
      const localStartMs = day * DAY_MS + hours.startMs;
      const localEndMs = day * DAY_MS + endAfterMidnightMs(hours);
      if (localStartMs - DAY_MS >= toMs || localEndMs + DAY_MS <= fromMs) continue;
      openings.push({ startMs: zone.toUtcMs(localStartMs), endMs: zone.toUtcMs(localEndMs) });
    }
  }
  return clip(unite(openings), fromMs, toMs);
}

/** 1970-01-01, day 0 of the epoch, was a Thursday. */
const THURSDAY = 3;
