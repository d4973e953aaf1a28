/**
 * Local times for the reference calculator, using only `Intl.DateTimeFormat`. A local time is written as the epoch
 * milliseconds that it would have if it were UTC. A local date is its midnight in that form.
 */

const SECOND_MS = 1_000;
const QUARTER_MS = 900_000;
const DAY_MS = 86_400_000;

/** The UTC date of an instant, or the date of a local time. */
export function dateOf(ms: number): number {
  return Math.floor(ms / DAY_MS) * DAY_MS;
}

/** 0 is Monday. 1970-01-01 was a Thursday, 3; the addition before the last `%` is for dates before it. */
export function dayOfWeek(date: number): number {
  return (((date / DAY_MS + 3) % 7) + 7) % 7;
}

/**
 * The local date of `YYYY-MM-DD`. `Date.parse` reads 30 February as 2 March, so the result is compared with the text.
 */
export function parseDate(text: string): number {
  const date = /^\d{4}-\d\d-\d\d$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : NaN;
  if (Number.isNaN(date) || !new Date(date).toISOString().startsWith(text)) throw new RangeError(`Not a date: ${text}`);
  return date;
}

const utcByZone = new Map<string, Map<number, number>>();

/** The instant of a local time, in epoch milliseconds UTC. */
export function toUtc(local: number, zone: string): number {
  const known = utcByZone.get(zone) ?? new Map<number, number>();
  utcByZone.set(zone, known);
  const utc = known.get(local) ?? resolveLocal(local, zone);
  known.set(local, utc);
  return utc;
}

/**
 * RFC 5545 3.3.5, Temporal's `compatible`: a local time that occurs twice is its first occurrence; a skipped one is
 * read with the offset in force before the gap. Offsets are under a day, so only those in force a day to either side
 * are possible. (Since 1970, no zone has changed its clocks twice within two days.)
 */
function resolveLocal(local: number, zone: string): number {
  const before = offsetAt(local - DAY_MS, zone);
  const after = offsetAt(local + DAY_MS, zone);
  const occurrences = [local - before, local - after].filter((utc) => utc + offsetAt(utc, zone) === local);
  return occurrences.length > 0 ? Math.min(...occurrences) : local - before;
}

const skippedByZone = new Map<string, Map<number, boolean>>();

/** Whether a local date does not exist in a zone, such as 2011-12-30 in Pacific/Apia. */
export function isSkippedDate(date: number, zone: string): boolean {
  const known = skippedByZone.get(zone) ?? new Map<number, boolean>();
  skippedByZone.set(zone, known);
  const isSkipped = known.get(date) ?? !isShown(date, zone);
  known.set(date, isSkipped);
  return isSkipped;
}

/** Whether the wall clock shows the date at any quarter of an hour from a day before its UTC date to a day after it. */
function isShown(date: number, zone: string): boolean {
  for (let utc = date - DAY_MS; utc < date + 2 * DAY_MS; utc += QUARTER_MS) {
    if (dateOf(utc + offsetAt(utc, zone)) === date) return true;
  }
  return false;
}

const formatters = new Map<string, Intl.DateTimeFormat>();

function formatterFor(zone: string): Intl.DateTimeFormat {
  const formatter =
    formatters.get(zone) ??
    new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      calendar: 'gregory',
      numberingSystem: 'latn',
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
  formatters.set(zone, formatter);
  return formatter;
}

/** Local time minus UTC, in milliseconds. */
function offsetAt(utc: number, zone: string): number {
  const wholeSecond = Math.floor(utc / SECOND_MS) * SECOND_MS;
  const shown = Object.fromEntries(
    formatterFor(zone)
      .formatToParts(wholeSecond)
      .map((part) => [part.type, Number(part.value)]),
  );
  return Date.UTC(shown.year, shown.month - 1, shown.day, shown.hour, shown.minute, shown.second) - wholeSecond;
}
