import { HOUR_MS, MINUTE_MS, SECOND_MS } from '../instant/instant.js';

const LOCAL_TIME = /^(\d{1,2}):(\d\d)(?::(\d\d)(?:\.\d{1,9})?)?(?:\s?([AP])M)?$/i;

/** The latest time of day. Times may continue past midnight: 26:00 is 02:00 of the next local date. */
export const MAX_LOCAL_TIME_MS = 30 * HOUR_MS;

/** Part of every error about a local time. */
export const LOCAL_TIME_FORM =
  'a local time such as 9:00, 09:00:00, 9:00 AM or 26:00 (02:00 of the next date), up to 30:00';

/**
 * Parses one of LOCAL_TIME_FORM, ignoring surrounding blanks. Fractions of a second are truncated.
 * @returns ms since the midnight of the row's date, or undefined
 */
export function parseLocalTime(text: string): number | undefined {
  const match = LOCAL_TIME.exec(text.trim());
  if (!match) return undefined;
  const [, hour, minute, second = '0', half] = match;
  if (Number(minute) > 59 || Number(second) > 59) return undefined;
  let hours = Number(hour);
  if (half) {
    // The 12-hour clock starts at 12: 12:30 AM is 00:30.
    if (hours < 1 || hours > 12) return undefined;
    hours = (hours % 12) + (half.toUpperCase() === 'P' ? 12 : 0);
  }
  const ms = hours * HOUR_MS + Number(minute) * MINUTE_MS + Number(second) * SECOND_MS;
  return ms <= MAX_LOCAL_TIME_MS ? ms : undefined;
}

/** `HH:MM:SS` of a local time in ms. */
export function formatLocalTime(ms: number): string {
  const part = (unitMs: number, modulo: number): string => String(Math.floor(ms / unitMs) % modulo).padStart(2, '0');
  return `${part(HOUR_MS, 100)}:${part(MINUTE_MS, 60)}:${part(SECOND_MS, 60)}`;
}
