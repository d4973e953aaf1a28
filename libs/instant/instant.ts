import { quoteValue } from '../errors.js';

/**
 * Parses and formats instants: text outside, epoch ms UTC inside. Finer digits are truncated, never rounded, so that an
 * instant never moves into the next millisecond, hour or window.
 */

export const SECOND_MS = 1_000;
export const MINUTE_MS = 60_000;
export const HOUR_MS = 3_600_000;
export const DAY_MS = 86_400_000;

/** Part of every error about a timestamp. */
export const INSTANT_FORMS =
  '2023-01-22 12:09:39.388884 UTC (up to 9 fraction digits; Z, GMT or an offset such as +05:30 instead of UTC; seconds may be left out), or 2023-01-22 12:09:39 (taken as UTC)';

const DATE = String.raw`(\d{4})-(\d\d)-(\d\d)`;
const TIME = String.raw`(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?`;
const ZONE = String.raw`\s?(?:Z|UTC|GMT|([+-])(\d\d)(?::?(\d\d))?)`;
const INSTANT = new RegExp(`^${DATE}[T ]${TIME}(?:${ZONE})?$`, 'i');

/**
 * Parses one of INSTANT_FORMS. Case and surrounding blanks are ignored.
 * @returns epoch ms, or undefined if the text has another form or the date or time does not exist. Leap seconds are not
 *   accepted, because POSIX time has none.
 */
export function parseInstant(text: string): number | undefined {
  const match = INSTANT.exec(text.trim());
  if (!match) return undefined;
  const [, year, month, day, hour, minute, second = '0', fraction = '', sign, offsetHour = '0', offsetMinute = '0'] =
    match;
  if (Number(offsetHour) > 23 || Number(offsetMinute) > 59) return undefined;
  const dayMs = dateToUtcMs(Number(year), Number(month), Number(day));
  if (dayMs === undefined || Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return undefined;
  const timeMs = Number(hour) * HOUR_MS + Number(minute) * MINUTE_MS + Number(second) * SECOND_MS;
  const offsetMs = (Number(offsetHour) * HOUR_MS + Number(offsetMinute) * MINUTE_MS) * (sign === '-' ? -1 : 1);
  return dayMs + timeMs + Number(fraction.padEnd(3, '0').slice(0, 3)) - offsetMs;
}

/**
 * Why `value` is not an instant, and what would be right: `"1674389379" is not a timestamp but an epoch number; write
 * …`.
 */
export function instantProblem(value: unknown): string {
  const text = typeof value === 'string' || typeof value === 'number' ? String(value).trim() : '';
  const isEpoch = /^[+-]?\d{9,19}(?:\.\d*)?$/.test(text);
  const isOtherOrder = /^\d{1,2}[/.-]\d{1,2}[/.-]\d{2,4}\b|^\d{4}[/.]\d{1,2}[/.]\d{1,2}\b/.test(text);
  const but = isEpoch ? ' but an epoch number' : isOtherOrder ? ': its date is not written year-month-day' : '';
  return `${quoteValue(value)} is not a timestamp${but}; write ${INSTANT_FORMS}`;
}

/** Midnight UTC of a calendar date (month 1..12), or undefined if the date does not exist (2023-02-29). */
export function dateToUtcMs(year: number, month: number, day: number): number | undefined {
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day); // Date.UTC would read the years 0..99 as 19xx
  const exists = date.getUTCFullYear() === year && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  return exists ? date.getTime() : undefined;
}

/** RFC 3339 in UTC with milliseconds: `2023-01-22T12:09:39.388Z`. */
export const formatInstant = (ms: number): string => new Date(ms).toISOString();

export const floorToHour = (ms: number): number => Math.floor(ms / HOUR_MS) * HOUR_MS;

/** The start of the UTC day. */
export const floorToDay = (ms: number): number => Math.floor(ms / DAY_MS) * DAY_MS;

export const ceilToDay = (ms: number): number => Math.ceil(ms / DAY_MS) * DAY_MS;

export const ceilToHour = (ms: number): number => Math.ceil(ms / HOUR_MS) * HOUR_MS;
