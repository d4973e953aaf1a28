import type { BusinessHours, LocalHours } from '#libs/calendar/calendar.js';
import { LOCAL_DATE_FORM, type LocalDate, formatLocalDate, parseLocalDate } from '#libs/calendar/local-date.js';
import { LOCAL_TIME_FORM, parseLocalTime } from '#libs/calendar/local-time.js';
import { readZoneName } from '#libs/calendar/zone.js';
import { quoteValue } from '#libs/errors.js';
import { DAY_MS } from '#libs/instant/instant.js';
import type { StoreLife } from './calendars.repository.js';
import type { BusinessHoursInput, LocalHoursInput } from './timezones.service.js';

/** The fields of calendars, read and checked: files and requests write them alike. */

/** What is wrong, in words that follow a field's name; `field` is its name where several are read at once. */
export interface Unusable {
  readonly field?: string;
  readonly problem: string;
}

type Read<Value> = { readonly value: Value } | Unusable;

export const readTimezone = (value: unknown): Read<string> => readZoneName(value);

/** A weekday may come as a number or as text. */
export function readBusinessHours(row: BusinessHoursInput): Read<BusinessHours> {
  const { dayOfWeek } = row;
  const isText = typeof dayOfWeek === 'string' || typeof dayOfWeek === 'number';
  if (!isText || !/^[0-6]$/.test(String(dayOfWeek).trim())) {
    return { field: 'day_of_week', problem: `${quoteValue(dayOfWeek)} is not a day from 0 (Monday) to 6 (Sunday)` };
  }
  const hours = readLocalHours(row);
  return 'value' in hours ? { value: { dayOfWeek: Number(dayOfWeek), ...hours.value } } : hours;
}

export function readLocalHours({ startTimeLocal, endTimeLocal }: LocalHoursInput): Read<LocalHours> {
  const startMs = typeof startTimeLocal === 'string' ? parseLocalTime(startTimeLocal) : undefined;
  if (startMs === undefined || startMs === DAY_MS) {
    return {
      field: 'start_time_local',
      problem: `${quoteValue(startTimeLocal)} is not a time of day; write HH:MM:SS up to 23:59:59`,
    };
  }
  const endMs = typeof endTimeLocal === 'string' ? parseLocalTime(endTimeLocal) : undefined;
  if (endMs === undefined) {
    return { field: 'end_time_local', problem: `${quoteValue(endTimeLocal)} is not ${LOCAL_TIME_FORM}` };
  }
  return { value: { startMs, endMs } };
}

/** Dates outside of these are accidents of formatting. */
const EARLIEST_DATE = parseLocalDate('1900-01-01')!;
const LATEST_DATE = parseLocalDate('2199-12-31')!;

export function readLocalDate(value: unknown): Read<LocalDate> {
  const date = typeof value === 'string' ? parseLocalDate(value) : undefined;
  if (date !== undefined && date >= EARLIEST_DATE && date <= LATEST_DATE) return { value: date };
  return {
    problem: `${quoteValue(value)} is not ${LOCAL_DATE_FORM} from ${formatLocalDate(EARLIEST_DATE)} to ${formatLocalDate(LATEST_DATE)}`,
  };
}

/** Either date may be missing: undefined, null or empty text. */
export function readLife(openedOn: unknown, closedOn: unknown): Read<StoreLife> {
  const dates: (LocalDate | undefined)[] = [];
  for (const [field, value] of [
    ['opened_on', openedOn],
    ['closed_on', closedOn],
  ] as const) {
    const isMissing = value === undefined || value === null || (typeof value === 'string' && value.trim() === '');
    const date = isMissing ? { value: undefined } : readLocalDate(value);
    if ('problem' in date) return { field, problem: date.problem };
    dates.push(date.value);
  }
  const [opened, closed] = dates;
  if (opened !== undefined && closed !== undefined && closed < opened) {
    return { field: 'closed_on', problem: `${quoteValue(closedOn)} is before opened_on, ${quoteValue(openedOn)}` };
  }
  return { value: { openedOn: opened, closedOn: closed } };
}
