import { HOUR_MS } from '../instant/instant.js';

/** A window of a report: elapsed time before as-of, so a day in a DST night is still 24 hours. */
export interface Window {
  readonly name: string;
  readonly lengthMs: number;
}

/** Last hour, last day, last week: whole numbers of hours, so all of them are cut at the same minute. */
export const REPORT_WINDOWS = [
  { name: 'last_hour', lengthMs: HOUR_MS },
  { name: 'last_day', lengthMs: 24 * HOUR_MS },
  { name: 'last_week', lengthMs: 168 * HOUR_MS },
] as const satisfies readonly Window[];
