import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '../instant/instant.js';

const LOCAL_TIME = /^(\d\d):(\d\d)(?::(\d\d))?$/;

/** Said in every error about a local time. */
export const LOCAL_TIME_FORM = 'a local time HH:MM or HH:MM:SS, from 00:00:00 to 24:00:00';

/** Reads `HH:MM[:SS]`, up to and including `24:00:00`: milliseconds of the day, or undefined. */
export function parseLocalTime(text: string): number | undefined {
  const match = LOCAL_TIME.exec(text.trim());
  if (!match) return undefined;
  const [, hour, minute, second = '0'] = match;
  if (Number(minute) > 59 || Number(second) > 59) return undefined;
  const ms = Number(hour) * HOUR_MS + Number(minute) * MINUTE_MS + Number(second) * SECOND_MS;
  return ms <= DAY_MS ? ms : undefined;
}

/** `HH:MM:SS` of a time of day in ms. */
export function formatLocalTime(msOfDay: number): string {
  const part = (unitMs: number, modulo: number): string =>
    String(Math.floor(msOfDay / unitMs) % modulo).padStart(2, '0');
  return `${part(HOUR_MS, 100)}:${part(MINUTE_MS, 60)}:${part(SECOND_MS, 60)}`;
}
