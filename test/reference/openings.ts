import { dateOf, dayOfWeek, isSkippedDate, toUtc } from './local-time.js';
import type { ReferenceSpecialHours, ReferenceStore } from './facts.js';

/** The reference's open time: the openings of a store. */

export interface Interval {
  start: number;
  end: number;
}
/** Local times of day of an opening. The date on which it starts is known from the context. */
interface LocalHours {
  start: string;
  end: string;
}

const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;
const WHOLE_DAY: LocalHours = { start: '00:00', end: '24:00' };

/**
 * The merged openings that intersect `[from, to]`, never cut inside that range. Two instants of the range are in one
 * opening of the whole calendar exactly if they are in one of these, because only rows between them matter.
 */
export function openingsFor(store: ReferenceStore, from: number, to: number): Interval[] {
  if (isAlwaysOpen(store)) return [{ start: -Infinity, end: Infinity }];
  // Local dates and UTC dates differ by at most one, and an interval ends at most two local dates after that of its
  // row. A skipped local day may add one. Additional days do no harm.
  const firstDate = dateOf(from) - 4 * DAY_MS;
  const lastDate = dateOf(to) + 2 * DAY_MS;
  const intervals: Interval[] = [];
  for (let date = firstDate; date <= lastDate; date += DAY_MS) {
    if (isSkippedDate(date, store.timezone)) continue;
    for (const row of hoursOn(date, store)) intervals.push(intervalOn(date, row, store.timezone));
  }
  return unite(intervals);
}

function isAlwaysOpen(store: ReferenceStore): boolean {
  const limited = store.firstDate > -Infinity || store.lastDate < Infinity;
  return store.hours.length === 0 && store.special.size === 0 && !limited;
}

/**
 * The rows whose openings start on the local date `date`. There are none outside the store's life. Otherwise they are
 * the special hours of that date or, without those, the hours of its weekday. They do not affect an opening that
 * started the date before and continues into this one. A store without weekly rows is open for the whole of a date
 * without special hours.
 */
function hoursOn(date: number, store: ReferenceStore): LocalHours[] {
  if (date < store.firstDate || date > store.lastDate) return [];
  const special = store.special.get(date);
  if (special) return special.flatMap(openingOf);
  if (store.hours.length === 0) return [WHOLE_DAY];
  return store.hours.filter((row) => row.dayOfWeek === dayOfWeek(date) && row.start !== 'Closed');
}

function openingOf({ date, start, end }: ReferenceSpecialHours): LocalHours[] {
  if (start === null && end === null) return [];
  if (start === null || end === null) throw new RangeError(`Special hours with only a start or only an end: ${date}`);
  return [{ start, end }];
}

/** Merges rows that overlap or touch, and drops empty ones. */
function unite(intervals: readonly Interval[]): Interval[] {
  const united: Interval[] = [];
  for (const { start, end } of intervals.toSorted((a, b) => a.start - b.start)) {
    if (end <= start) continue;
    const last = united.at(-1);
    if (last && start <= last.end) last.end = Math.max(last.end, end);
    else united.push({ start, end });
  }
  return united;
}

/**
 * The interval of a row that starts on the local date `date`. First, an end of 23:59 or later becomes 24:00: 22:00 to
 * 23:59:59 is two hours, and 23:59:00 to 23:59:30 is the minute until midnight. Only then does `end <= start` mean the
 * next date. Times go up to 30:00: 26:00 is 02:00 of the next date, but the interval belongs to the row's own date.
 * Each end is converted to UTC separately, so in a night with a DST change the interval can be longer, shorter or empty
 * (`end <= start` in UTC).
 */
function intervalOn(date: number, row: LocalHours, zone: string): Interval {
  const start = timeOfDay(row.start);
  const written = timeOfDay(row.end);
  const end = written >= timeOfDay('23:59') && written <= DAY_MS ? DAY_MS : written;
  const endDates = [date, date + DAY_MS, date + 2 * DAY_MS];
  const endDate = endDates.find((candidate) => candidate + end > date + start)!;
  return { start: toUtc(date + start, zone), end: toUtc(endDate + end, zone) };
}

/** Milliseconds since the local midnight. */
function timeOfDay(text: string): number {
  const match = /^(\d\d):(\d\d)(?::(\d\d))?$/.exec(text);
  if (!match) throw new RangeError(`Not a time of day: ${text}`);
  const [, hours, minutes, seconds = '0'] = match;
  return Number(hours) * HOUR_MS + Number(minutes) * MINUTE_MS + Number(seconds) * SECOND_MS;
}
