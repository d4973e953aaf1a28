import { DAY_MS, HOUR_MS, MINUTE_MS } from '../instant/instant.js';
import { type Interval, clip, unite } from '../intervals/intervals.js';
import { type LocalDate, dayOfWeek } from './local-date.js';
import { Zone } from './zone.js';

/** The zone of a store without one. */
export const DEFAULT_ZONE = 'America/Chicago';

/**
 * An opening as written in its source, in local time since the midnight of its date: 26 h is 02:00 of the next date.
 */
export interface LocalHours {
  /** In ms, `[0, 30 h]`. */
  readonly startMs: number;
  /** In ms, `[0, 30 h]`. At or before the start, it means the next local date. */
  readonly endMs: number;
}

/**
 * A row without an opening. A store with only such rows is closed all week. A store without any rows is always open.
 */
export const CLOSED: LocalHours = { startMs: -1, endMs: -1 };

export const isClosed = ({ startMs }: LocalHours): boolean => startMs < 0;

/** One row of business hours. */
export interface BusinessHours extends LocalHours {
  /** 0 is Monday: the weekday of the local date that the opening belongs to. */
  readonly dayOfWeek: number;
}

/**
 * When a store is open. Each opening belongs to the local date of its row, even if it starts after the midnight that
 * ends that date (25:00 to 27:00), and it lasts until its own end. So weekly hours, special hours and the store's first
 * and last dates each include or exclude whole openings.
 */
export interface Calendar {
  readonly zone: string;
  /**
   * No rows at all: open around the clock, each local date from midnight to midnight. No row for a weekday: closed that
   * day.
   */
  readonly weekly: readonly BusinessHours[];
  /** schema.org's specialOpeningHoursSpecification: replaces the weekly hours of a date; an empty list means closed. */
  readonly special?: ReadonlyMap<LocalDate, readonly LocalHours[]>;
  /** The store's first and last dates with openings. */
  readonly openedOn?: LocalDate | undefined;
  readonly closedOn?: LocalDate | undefined;
}

/** An end at or after this means the end of the day: midnight is often written as 23:59, 23:59:59 or 24:00. */
const END_OF_DAY_MS = 23 * HOUR_MS + 59 * MINUTE_MS;

const ALL_DAY: readonly LocalHours[] = [{ startMs: 0, endMs: DAY_MS }];

/** When an opening ends, in local ms after the midnight of its date: up to 54 h. */
export function endAfterMidnightMs({ startMs, endMs }: LocalHours): number {
  let end = endMs >= END_OF_DAY_MS && endMs < DAY_MS ? DAY_MS : endMs;
  while (end <= startMs) end += DAY_MS; // adds two days for a start past midnight with an early end: 27:00 to 02:00
  return end;
}

/**
 * Hours that include those of a local date. Weekly hours of other weekdays are included too, so that no list is
 * allocated; the caller filters them.
 */
function hoursAround({ weekly, special, openedOn, closedOn }: Calendar, date: LocalDate): readonly LocalHours[] {
  if (date < (openedOn ?? -Infinity) || date > (closedOn ?? Infinity)) return [];
  return special?.get(date) ?? (weekly.length === 0 ? ALL_DAY : weekly);
}

const belongsTo = (hours: LocalHours | BusinessHours, day: number): boolean =>
  !isClosed(hours) && (!('dayOfWeek' in hours) || hours.dayOfWeek === day);

/**
 * The store's openings inside `[fromMs, toMs)`: sorted, merged, UTC. An opening that extends beyond the range is cut
 * off at its edge. A caller that needs an opening's real start must ask from early enough.
 */
export function openIntervals(calendar: Calendar, fromMs: number, toMs: number): Interval[] {
  if (toMs <= fromMs) return [];
  if (isAlwaysOpen(calendar)) return [{ startMs: fromMs, endMs: toMs }];
  const zone = Zone.get(calendar.zone);
  const openings: Interval[] = [];
  // An opening ends within 54 h of its date's local midnight, and local time and UTC differ by less than 24 h. So
  // openings of the date before firstDate end at most 78 h after a UTC midnight that is at least 96 h before fromMs.
  const firstDate = Math.max(Math.floor(fromMs / DAY_MS) - 3, calendar.openedOn ?? -Infinity);
  const lastDate = Math.min(Math.floor(toMs / DAY_MS) + 1, calendar.closedOn ?? Infinity);
  for (let date = firstDate; date <= lastDate; date++) {
    // With the offset before the gap, the times of a skipped date would fall on the next date.
    if (zone.skips(date)) continue;
    const day = dayOfWeek(date);
    for (const hours of hoursAround(calendar, date)) {
      if (!belongsTo(hours, day)) continue;
      const localStartMs = date * DAY_MS + hours.startMs;
      const localEndMs = date * DAY_MS + endAfterMidnightMs(hours);
      if (localStartMs - DAY_MS >= toMs || localEndMs + DAY_MS <= fromMs) continue;
      openings.push({ startMs: zone.toUtcMs(localStartMs), endMs: zone.toUtcMs(localEndMs) });
    }
  }
  return clip(unite(openings), fromMs, toMs);
}

/** Whether the store has no opening at or after an instant. */
export function isOverBy(calendar: Calendar, atMs: number): boolean {
  if (calendar.closedOn === undefined) return false;
  // An opening ends within 54 h of the midnight of its date, and local time and UTC differ by less than a day.
  const lastMs = (calendar.closedOn + 4) * DAY_MS;
  for (let fromMs = atMs; fromMs < lastMs; fromMs += SEARCH_STEP_MS) {
    if (openIntervals(calendar, fromMs, Math.min(fromMs + SEARCH_STEP_MS, lastMs)).length > 0) return false;
  }
  return true;
}

/**
 * One week contains the next opening of nearly every store. Some last dates are 2099-12-31, so the search goes in
 * steps.
 */
const SEARCH_STEP_MS = 7 * DAY_MS;

const isAlwaysOpen = ({ weekly, special, openedOn, closedOn }: Calendar): boolean =>
  weekly.length === 0 && !special?.size && openedOn === undefined && closedOn === undefined;
