import { DAY_MS, dateToUtcMs } from '../instant/instant.js';

/** A date on a store's wall calendar: days since 1970-01-01. */
export type LocalDate = number;

const LOCAL_DATE = /^(\d{4})-(\d\d)-(\d\d)$/;

/** Part of every error about a local date. */
export const LOCAL_DATE_FORM = 'a date YYYY-MM-DD';

/** Parses `YYYY-MM-DD`, ignoring surrounding blanks; undefined if the form is different or the date does not exist. */
export function parseLocalDate(text: string): LocalDate | undefined {
  const match = LOCAL_DATE.exec(text.trim());
  const utcMs = match ? dateToUtcMs(Number(match[1]), Number(match[2]), Number(match[3])) : undefined;
  return utcMs === undefined ? undefined : utcMs / DAY_MS;
}

/** `YYYY-MM-DD`. */
export const formatLocalDate = (date: LocalDate): string => new Date(date * DAY_MS).toISOString().slice(0, 10);

/** 0 is Monday. */
export const dayOfWeek = (date: LocalDate): number => (((date + THURSDAY) % 7) + 7) % 7;

/** 1970-01-01, day 0, was a Thursday. */
const THURSDAY = 3;
