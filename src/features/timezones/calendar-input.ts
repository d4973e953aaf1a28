import { type BusinessHours, CLOSED, type LocalHours, isClosed } from '#libs/calendar/calendar.js';
import { DAY_OF_WEEK_FORM, isDaySeven, parseDayOfWeek } from '#libs/calendar/day-of-week.js';
import { LOCAL_DATE_FORM, type LocalDate, formatLocalDate, parseLocalDate } from '#libs/calendar/local-date.js';
import { LOCAL_TIME_FORM, formatLocalTime, parseLocalTime } from '#libs/calendar/local-time.js';
import { readZoneName } from '#libs/calendar/zone.js';
import { quoteValue } from '#libs/errors.js';

/** Reads and validates calendar fields, the same way for files and requests. */

/** An opening as given in a request. */
export interface LocalHoursInput {
  readonly startTimeLocal: unknown;
  readonly endTimeLocal: unknown;
}

export interface BusinessHoursInput extends LocalHoursInput {
  readonly dayOfWeek: unknown;
}

/** A store's first and last local date with openings; undefined: not known. */
export interface StoreLife {
  readonly openedOn: LocalDate | undefined;
  readonly closedOn: LocalDate | undefined;
}

/** A problem, phrased to follow a field's name. `field` names the field when several are read together. */
export interface Unusable {
  readonly field?: string;
  readonly problem: string;
}

type Read<Value> = { readonly value: Value } | Unusable;

export const readTimezone = (value: unknown): Read<string> => readZoneName(value);

/** Accepts the weekday as a number or as text. A row without an opening is `CLOSED`, see `readLocalHours`. */
export function readBusinessHours(row: BusinessHoursInput): Read<BusinessHours> {
  const dayOfWeek = parseDayOfWeek(row.dayOfWeek);
  if (dayOfWeek === undefined) {
    const hint = isDaySeven(row.dayOfWeek) ? ': where Monday is 0, Sunday is 6' : '';
    return { field: 'day_of_week', problem: `${quoteValue(row.dayOfWeek)} is not ${DAY_OF_WEEK_FORM}${hint}` };
  }
  const hours = readLocalHours(row);
  return 'value' in hours ? { value: { dayOfWeek, ...hours.value } } : hours;
}

/**
 * Reads an opening, or `CLOSED` when either time is `Closed`. Two blank times are an error: a request that omits them
 * by mistake would close the store. In a file they mean closed, see `closedWhenBlank`.
 */
export function readLocalHours({ startTimeLocal, endTimeLocal }: LocalHoursInput): Read<LocalHours> {
  if (saysClosed(startTimeLocal) || saysClosed(endTimeLocal)) return { value: CLOSED };
  const startMs = readLocalTime(startTimeLocal);
  if (startMs === undefined) return notATime('start_time_local', startTimeLocal);
  const endMs = readLocalTime(endTimeLocal);
  if (endMs === undefined) return notATime('end_time_local', endTimeLocal);
  return { value: { startMs, endMs } };
}

/** The two times of a file's row. Two blank times mean `CLOSED`. */
export const closedWhenBlank = (startTimeLocal: string, endTimeLocal: string): LocalHoursInput =>
  startTimeLocal.trim() === '' && endTimeLocal.trim() === ''
    ? { startTimeLocal: CLOSED_WORD, endTimeLocal: CLOSED_WORD }
    : { startTimeLocal, endTimeLocal };

/** Stands for both times of a row without an opening. */
export const CLOSED_WORD = 'Closed';

/** Start and end in the form that `readLocalHours` reads. */
export const formatHours = (hours: LocalHours): [start: string, end: string] =>
  isClosed(hours) ? [CLOSED_WORD, CLOSED_WORD] : [formatLocalTime(hours.startMs), formatLocalTime(hours.endMs)];

const saysClosed = (value: unknown): boolean =>
  typeof value === 'string' && value.trim().toLowerCase() === CLOSED_WORD.toLowerCase();

const readLocalTime = (value: unknown): number | undefined =>
  typeof value === 'string' ? parseLocalTime(value) : undefined;

const notATime = (field: string, value: unknown): Unusable => ({
  field,
  problem: `${quoteValue(value)} is not ${LOCAL_TIME_FORM}, or ${CLOSED_WORD}`,
});

/** Dates outside this range are formatting mistakes. */
const EARLIEST_DATE = parseLocalDate('1900-01-01')!;
const LATEST_DATE = parseLocalDate('2199-12-31')!;

export function readLocalDate(value: unknown): Read<LocalDate> {
  const date = typeof value === 'string' ? parseLocalDate(value) : undefined;
  if (date !== undefined && date >= EARLIEST_DATE && date <= LATEST_DATE) return { value: date };
  return {
    problem: `${quoteValue(value)} is not ${LOCAL_DATE_FORM} from ${formatLocalDate(EARLIEST_DATE)} to ${formatLocalDate(LATEST_DATE)}`,
  };
}

/** Either date may be absent: undefined, null or empty text. */
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
