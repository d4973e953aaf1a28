import { DAY_MS } from '../instant/instant.js';
import { type Interval, symmetricDifference, unite } from '../intervals/intervals.js';
import { type BusinessHours, type Calendar, type LocalHours, openIntervals } from './calendar.js';
import type { LocalDate } from './local-date.js';

/** A range of local dates, both inclusive; either may be infinite. */
interface Dates {
  readonly first: LocalDate;
  readonly last: LocalDate;
}

/**
 * The time in which a calendar change can alter figures: from the first instant that is open in only one of the
 * calendars to the last, extended by the validity of a poll. The extension is needed because a changed opening also
 * changes whether later moments share an opening with their poll. Ends may be infinite: a change of zone or weekly
 * hours affects all time.
 */
export function touchedTime(before: Calendar, after: Calendar, validForMs: number): Interval[] {
  if (before.zone !== after.zone || !sameHours(before.weekly, after.weekly)) {
    return [{ startMs: -Infinity, endMs: Infinity }];
  }
  const touched = [...changedDates(before, after)].map((dates) => touchedByDates(before, after, dates, validForMs));
  return unite(touched.filter((time) => time !== undefined));
}

/** Whether two lists contain the same hours, in any order. */
export function sameHours(a: readonly LocalHours[], b: readonly LocalHours[]): boolean {
  const keys = new Set(a.map(hoursKey));
  return keys.size === new Set(b.map(hoursKey)).size && b.every((hours) => keys.has(hoursKey(hours)));
}

/** Equal hours have equal keys. */
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

/** All openings of a date are between midnight UTC two dates before it and midnight UTC four dates after it. */
const DAYS_BEFORE = 2;
const DAYS_AFTER = 4;
/** How many days to search from either end of the change. Many changes have no other end, or one like 2099-12-31. */
const SEARCH_DAYS = 21;

function touchedByDates(before: Calendar, after: Calendar, dates: Dates, validForMs: number): Interval | undefined {
  const [from, to] = [dates.first - DAYS_BEFORE, dates.last + DAYS_AFTER];
  const changed = (firstDate: LocalDate, endDate: LocalDate): Interval[] =>
    symmetricDifference(
      openIntervals(before, firstDate * DAY_MS, endDate * DAY_MS),
      openIntervals(after, firstDate * DAY_MS, endDate * DAY_MS),
    );
  if (to - from <= 2 * SEARCH_DAYS) {
    const all = changed(from, to);
    const [first, last] = [all[0], all.at(-1)];
    return first && last && { startMs: first.startMs, endMs: last.endMs + validForMs };
  }
  // If nothing differs within the search range, the first difference is beyond it.
  const [nearEnd, farEnd] = [from + SEARCH_DAYS, to - SEARCH_DAYS];
  const startMs = from === -Infinity ? -Infinity : (changed(from, nearEnd)[0]?.startMs ?? nearEnd * DAY_MS);
  const endMs = to === Infinity ? Infinity : (changed(farEnd, to).at(-1)?.endMs ?? farEnd * DAY_MS) + validForMs;
  return { startMs, endMs };
}
