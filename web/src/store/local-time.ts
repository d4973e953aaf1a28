const DAY_MS = 86_400_000;
/** Larger than the UTC offset of any zone. */
const MAX_OFFSET_MS = 16 * 3_600_000;

/** A local date in a timezone. It lasts 23, 24 or 25 hours, or another length after an unusual clock change. */
export interface LocalDay {
  /** YYYY-MM-DD */
  readonly date: string;
  /** First instant, epoch ms. */
  readonly startMs: number;
  /** First instant of the next date, epoch ms. */
  readonly endMs: number;
  /** Clock change within the date: forward (positive) or back (negative). */
  readonly change?: { readonly atMs: number; readonly byMs: number };
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** The wall-clock time in a zone, as the epoch ms at which UTC has the same wall-clock time. */
export function wallClockMs(ms: number, zone: string): number {
  let format = formats.get(zone);
  if (!format) {
    const numeric = 'numeric';
    format = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      hourCycle: 'h23',
      year: numeric,
      month: numeric,
      day: numeric,
      hour: numeric,
      minute: numeric,
      second: numeric,
    });
    formats.set(zone, format);
  }
  const parts = Object.fromEntries(format.formatToParts(ms).map(({ type, value }) => [type, Number(value)]));
  const { year, month, day, hour, minute, second } = parts as Record<string, number>;
  return Date.UTC(year, month - 1, day, hour, minute, second) + (((ms % 1_000) + 1_000) % 1_000);
}

export const offsetMs = (ms: number, zone: string): number => wallClockMs(ms, zone) - ms;

/** YYYY-MM-DD */
export const localDate = (ms: number, zone: string): string => dateOf(wallClockMs(ms, zone));

export const addDays = (date: string, days: number): string => dateOf(Date.parse(date) + days * DAY_MS);

/** Whether the text is a valid YYYY-MM-DD date. 2026-02-31 is not. */
export function isDate(text: string): boolean {
  const ms = /^\d{4}-\d\d-\d\d$/.test(text) ? Date.parse(text) : NaN;
  return !Number.isNaN(ms) && dateOf(ms) === text;
}

/** The first instant of a date, epoch ms. For a date that the zone skipped, that of the next date. */
export function startOfDate(date: string, zone: string): number {
  const utcMs = Date.parse(date);
  return firstWhere(utcMs - MAX_OFFSET_MS, utcMs + MAX_OFFSET_MS, (ms) => localDate(ms, zone) >= date);
}

/** `count` consecutive dates that end with `last`. */
export function daysUntil(last: string, count: number, zone: string): LocalDay[] {
  const dates = Array.from({ length: count + 1 }, (_, i) => addDays(last, i + 1 - count));
  const starts = dates.map((date) => startOfDate(date, zone));
  return dates.slice(0, -1).map((date, i) => {
    const [startMs, endMs] = [starts[i], starts[i + 1]];
    const byMs = offsetMs(endMs, zone) - offsetMs(startMs, zone);
    if (byMs === 0) return { date, startMs, endMs };
    const before = offsetMs(startMs, zone);
    const atMs = firstWhere(startMs, endMs, (ms) => offsetMs(ms, zone) !== before);
    return { date, startMs, endMs, change: { atMs, byMs } };
  });
}

/** Binary search: the first ms at which a monotonic condition holds. */
function firstWhere(fromMs: number, toMs: number, holds: (ms: number) => boolean): number {
  let [no, yes] = [fromMs, toMs];
  while (yes - no > 1) {
    const middle = Math.floor((no + yes) / 2);
    if (holds(middle)) yes = middle;
    else no = middle;
  }
  return yes;
}

const dateOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10);
