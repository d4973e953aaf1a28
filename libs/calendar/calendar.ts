import { DAY_MS, HOUR_MS, MINUTE_MS } from '../instant/instant.js';
import { type Interval, clip, unite } from '../intervals/intervals.js';
import { type LocalDate, dayOfWeek } from './local-date.js';
import { Zone } from './zone.js';

/** The zone of a store that has none. */
export const DEFAULT_ZONE = 'America/Chicago';

/** An opening as its source wrote it, in local times since the midnight of its date: 26 h is 02:00 of the next date. */
export interface LocalHours {
  /** In ms, `[0, 30 h]`. */
  readonly startMs: number;
  /** In ms, `[0, 30 h]`; at or before the start it means the next local date. */
  readonly endMs: number;
}

/** A row that says that there is no opening. A store with no other rows is closed all week, while one without rows never is. */
export const CLOSED: LocalHours = { startMs: -1, endMs: -1 };

export const isClosed = ({ startMs }: LocalHours): boolean => startMs < 0;

/** One row of business hours. */
export interface BusinessHours extends LocalHours {
  /** 0 is Monday; the local date to which the opening belongs. */
  readonly dayOfWeek: number;
}

/**
 * When a store is open. Every opening belongs to the local date of its row, also when it starts after the midnight that
 * ends that date (25:00 to 27:00), and runs to its end: so weekly hours, special hours and the store's life each decide
 * over whole openings.
 */
export interface Calendar {
  readonly zone: string;
  /** No rows at all: open round the clock, each local date from midnight to midnight. No opening for a weekday: closed. */
  readonly weekly: readonly BusinessHours[];
  /** schema.org's specialOpeningHoursSpecification: these instead of the weekly hours of a date; none: closed. */
  readonly special?: ReadonlyMap<LocalDate, readonly LocalHours[]>;
  /** The store's life: its first and its last date with openings. */
  readonly openedOn?: LocalDate | undefined;
  readonly closedOn?: LocalDate | undefined;
}

/** An end from here on is the end of the day: people write midnight as 23:59, 23:59:59 or 24:00. */
const END_OF_DAY_MS = 23 * HOUR_MS + 59 * MINUTE_MS;

const ALL_DAY: readonly LocalHours[] = [{ startMs: 0, endMs: DAY_MS }];

/** How long after the local midnight of its date an opening ends, in local ms: up to 54 h. */
export function endAfterMidnightMs({ startMs, endMs }: LocalHours): number {
  let end = endMs >= END_OF_DAY_MS && endMs < DAY_MS ? DAY_MS : endMs;
  while (end <= startMs) end += DAY_MS; // twice where a start past midnight has an end in the small hours: 27:00 to 02:00
  return end;
}

/** Openings of a local date, and with them those of other days of the week: to choose among them without a list of their own. */
function hoursAround({ weekly, special, openedOn, closedOn }: Calendar, date: LocalDate): readonly LocalHours[] {
  if (date < (openedOn ?? -Infinity) || date > (closedOn ?? Infinity)) return [];
  return special?.get(date) ?? (weekly.length === 0 ? ALL_DAY : weekly);
}

const belongsTo = (hours: LocalHours | BusinessHours, day: number): boolean =>
  !isClosed(hours) && (!('dayOfWeek' in hours) || hours.dayOfWeek === day);

/**
 * The store's openings inside `[fromMs, toMs)`: sorted, united, UTC. A start or end that the window cuts off is the
 * window's own edge, so whoever needs to know where an opening really began asks from early enough.
 */
export function openIntervals(calendar: Calendar, fromMs: number, toMs: number): Interval[] {
  if (toMs <= fromMs) return [];
  if (isAlwaysOpen(calendar)) return [{ startMs: fromMs, endMs: toMs }];
  const zone = Zone.get(calendar.zone);
  const openings: Interval[] = [];
  // An opening ends within 54 h of the local midnight of its date, and local and UTC differ by less than 24 h: those of the
  // date before the first one end 78 h after a midnight that lies 96 h or more before fromMs.
  const firstDate = Math.max(Math.floor(fromMs / DAY_MS) - 3, calendar.openedOn ?? -Infinity);
  const lastDate = Math.min(Math.floor(toMs / DAY_MS) + 1, calendar.closedOn ?? Infinity);
  for (let date = firstDate; date <= lastDate; date++) {
    // its times, read with the offset before the gap, would fall on the date after
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

/** Whether the store's life is over at an instant: no opening holds it or comes after it. */
export function isOverBy(calendar: Calendar, atMs: number): boolean {
  if (calendar.closedOn === undefined) return false;
  // an opening ends within 54 h of the midnight of its date, and local and UTC differ by less than a day
  const lastMs = (calendar.closedOn + 4) * DAY_MS;
  for (let fromMs = atMs; fromMs < lastMs; fromMs += LOOK_MS) {
    if (openIntervals(calendar, fromMs, Math.min(fromMs + LOOK_MS, lastMs)).length > 0) return false;
  }
  return true;
}

/** A week shows the next opening of nearly every store; last days are sometimes written as 2099-12-31. */
const LOOK_MS = 7 * DAY_MS;

const isAlwaysOpen = ({ weekly, special, openedOn, closedOn }: Calendar): boolean =>
  weekly.length === 0 && !special?.size && openedOn === undefined && closedOn === undefined;
