import { type Random } from './random.js';

const MINUTE = 60;
const HOUR = 3600;
const DAY_MINUTES = 24 * 60;
export const WEEK_MINUTES = 7 * DAY_MINUTES;

/** A row of the hours file: the weekday (0 is Monday), and local times in seconds of the day, as written. */
export interface HoursRow {
  readonly day: number;
  readonly start: number;
  readonly end: number;
}

/** The shape of a store's week and the way its rows express it. */
export type WeekKind =
  /** Always open, written as `00:00:00` to `00:00:00`. */
  | 'round the clock'
  /** Always open, written as `00:00:00` to `23:59:59` or `23:59:00`. */
  | 'whole days'
  /**
   * Past midnight, written as a row to the end of the day and one from `00:00:00` of the next; on three days or on all.
   */
  | 'late weekends'
  | 'late'
  /** Past midnight, written with an end before the start. */
  | 'late wrapping'
  /** Closes at midnight, written as `23:59:59` or `23:59:00`. */
  | 'midnight'
  /** Two shifts a day. */
  | 'split'
  /** Like ordinary, but one day has a row of a single minute, or two rows that overlap or touch. */
  | 'one minute'
  | 'overlapping'
  | 'touching'
  | 'ordinary';

/** Two rows a day. */
export const MAX_ROWS = 14;

/** The rows of one store, at most `MAX_ROWS`. `closedDays` removes weekdays, unless the store is always open. */
export function weeklyRows(kind: WeekKind, closedDays: boolean, random: Random): HoursRow[] {
  if (kind === 'round the clock' || kind === 'whole days') return alwaysOpen(kind, random);
  const rows = openDays(kind, closedDays, random);
  if (kind === 'one minute' || kind === 'overlapping' || kind === 'touching') addOddity(rows, kind);
  return rows;
}

function alwaysOpen(kind: WeekKind, random: Random): HoursRow[] {
  const end = kind === 'round the clock' ? 0 : endOfDay(random);
  return [0, 1, 2, 3, 4, 5, 6].map((day) => ({ day, start: 0, end }));
}

/** The end of a day as the published files write it: `23:59:59` or `23:59:00`. */
function endOfDay(random: Random): number {
  return random.chance(70) ? 24 * HOUR - 1 : 24 * HOUR - MINUTE;
}

function openDays(kind: WeekKind, closedDays: boolean, random: Random): HoursRow[] {
  const opens = random.between(6 * HOUR, 11 * HOUR + 30 * MINUTE, random.chance(85) ? 30 * MINUTE : 15 * MINUTE);
  const closes = random.between(20 * HOUR, 23 * HOUR, random.chance(85) ? 30 * MINUTE : 15 * MINUTE);
  const closesAfterMidnight = random.between(30 * MINUTE, 4 * HOUR, 30 * MINUTE);
  const midnight = endOfDay(random);
  const longerWeekend = random.chance(40) ? 30 * MINUTE : 0;
  const laterSunday = random.chance(40) ? HOUR : 0;

  const rows: HoursRow[] = [];
  for (const day of weekdays(closedDays, random)) {
    const start = opens + (day === 6 ? laterSunday : 0);
    if (kind === 'midnight') {
      rows.push({ day, start, end: midnight });
    } else if (kind === 'late wrapping') {
      rows.push({ day, start, end: closesAfterMidnight });
    } else if (kind === 'late' || (kind === 'late weekends' && day >= 3 && day <= 5)) {
      rows.push({ day, start, end: midnight }, { day: (day + 1) % 7, start: 0, end: closesAfterMidnight });
    } else {
      const end = closes + (day === 4 || day === 5 ? longerWeekend : 0);
      if (kind === 'split') rows.push({ day, start, end: 14 * HOUR }, { day, start: 17 * HOUR, end });
      else rows.push({ day, start, end });
    }
  }
  return rows;
}

function weekdays(closedDays: boolean, random: Random): number[] {
  const week = [0, 1, 2, 3, 4, 5, 6];
  if (!closedDays) return week;
  const first = random.below(7);
  const closed = random.chance(70) ? 1 : random.chance(70) ? 2 : random.between(3, 5);
  return week.filter((day) => (day - first + 7) % 7 >= closed);
}

/** Modifies the first row. The rows must be at least two hours long and end before 23:45. */
function addOddity(rows: HoursRow[], oddity: 'one minute' | 'overlapping' | 'touching'): void {
  const [row] = rows;
  const middle = row.start + HOUR;
  if (oddity === 'one minute') {
    rows[0] = { ...row, end: row.start + MINUTE };
  } else if (oddity === 'overlapping') {
    rows.push({ ...row, start: middle, end: row.end + 15 * MINUTE });
  } else {
    rows[0] = { ...row, end: middle };
    rows.push({ ...row, start: middle });
  }
}

/**
 * Open time by the rows: minutes of the local week (0 is Monday 00:00) as start, end, start, end, ..., sorted and
 * merged. An end of 23:59 or later means midnight, an end at or before its start is on the next day, and a store
 * without rows is always open.
 */
export function openSpans(rows: readonly HoursRow[]): number[] {
  if (rows.length === 0) return [0, WEEK_MINUTES];
  const spans: [number, number][] = [];
  for (const row of rows) {
    const start = Math.floor(row.start / MINUTE);
    let end = Math.floor(row.end / MINUTE);
    if (end >= DAY_MINUTES - 1) end = DAY_MINUTES;
    else if (end <= start) end += DAY_MINUTES;
    const monday = row.day * DAY_MINUTES;
    spans.push([monday + start, Math.min(monday + end, WEEK_MINUTES)]);
    if (monday + end > WEEK_MINUTES) spans.push([0, monday + end - WEEK_MINUTES]);
  }
  spans.sort((a, b) => a[0] - b[0]);
  const united: number[] = [];
  for (const [start, end] of spans) {
    const last = united.length - 1;
    if (last > 0 && start <= united[last]) united[last] = Math.max(united[last], end);
    else united.push(start, end);
  }
  return united;
}

/** Whether `minute` is inside spans of the form start, end, start, end, ..., which are sorted and do not overlap. */
export function within(spans: readonly number[], minute: number): boolean {
  let low = 0;
  let high = spans.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (spans[middle] <= minute) low = middle + 1;
    else high = middle;
  }
  // `low` bounds are at or before the minute. An odd number means that the last one started a span.
  return low % 2 === 1;
}
