import { DAY_MS } from '../instant/instant.js';
import { type Interval, symmetricDifference, unite } from '../intervals/intervals.js';
import { type BusinessHours, type Calendar, type LocalHours, openIntervals } from './calendar.js';
import type { LocalDate } from './local-date.js';

/** Local dates, both inclusive; either may be infinite. */
interface Dates {
  readonly first: LocalDate;
  readonly last: LocalDate;
}

/**
 * The time in which figures can differ after a store's calendar has changed: from the first instant that is open in one
 * and closed in the other to the last, and on for as long as a poll is valid, since a changed opening also changes which
 * later moments share an opening with their poll. Ends may be infinite: another zone or another week touches all time.
 */
export function touchedTime(before: Calendar, after: Calendar, validForMs: number): Interval[] {
  if (before.zone !== after.zone || !sameHours(before.weekly, after.weekly)) {
    return [{ startMs: -Infinity, endMs: Infinity }];
  }
  const touched = [...changedDates(before, after)].map((dates) => touchedByDates(before, after, dates, validForMs));
  return unite(touched.filter((time) => time !== undefined));
}

/** Whether two lists of hours say the same, in any order. */
export function sameHours(a: readonly LocalHours[], b: readonly LocalHours[]): boolean {
  const keys = new Set(a.map(hoursKey));
  return keys.size === new Set(b.map(hoursKey)).size && b.every((hours) => keys.has(hoursKey(hours)));
}

/** Equal for hours that are equal. */
export const hoursKey = (hours: LocalHours | BusinessHours): string =>
  `${'dayOfWeek' in hours ? hours.dayOfWeek : ''} ${hours.startMs} ${hours.endMs}`;

function* changedDates(before: Calendar, after: Calendar): Generator<Dates> {
  const specialDates = new Set([...(before.special?.keys() ?? []), ...(after.special?.keys() ?? [])]);
  for (const date of specialDates) {
    const [old, now] = [before.special?.get(date), after.special?.get(date)];
    if (!old || !now || !sameHours(old, now)) yield { first: date, last: date };
  }
  const opened = [before.openedOn ?? -Infinity, after.openedOn ?? -Infinity];
  if (opened[0] !== opened[1]) yield { first: Math.min(...opened), last: Math.max(...opened) - 1 };
  const closed = [before.closedOn ?? Infinity, after.closedOn ?? Infinity];
  if (closed[0] !== closed[1]) yield { first: Math.min(...closed) + 1, last: Math.max(...closed) };
}

/** The openings of a date lie between the midnight UTC of the date that is two before it and that of the fourth after it. */
const DAYS_BEFORE = 2;
const DAYS_AFTER = 4;
/** How far dates without an end are looked at, to find the near end of the change. */
const LOOK_DAYS = 21;

function touchedByDates(before: Calendar, after: Calendar, dates: Dates, validForMs: number): Interval | undefined {
  const { first, last } = dates;
  const fromMs = (first === -Infinity ? last - LOOK_DAYS : first - DAYS_BEFORE) * DAY_MS;
  const toMs = (last === Infinity ? first + LOOK_DAYS : last + DAYS_AFTER) * DAY_MS;
  const changed = symmetricDifference(openIntervals(before, fromMs, toMs), openIntervals(after, fromMs, toMs));
  const [firstChange, lastChange] = [changed[0], changed.at(-1)];
  // where nothing changed within the look, what changed lies beyond it
  if (first === -Infinity) return { startMs: -Infinity, endMs: (lastChange?.endMs ?? fromMs) + validForMs };
  if (last === Infinity) return { startMs: firstChange?.startMs ?? toMs, endMs: Infinity };
  return firstChange && lastChange && { startMs: firstChange.startMs, endMs: lastChange.endMs + validForMs };
}
