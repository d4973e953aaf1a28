import { type BusinessHours, CLOSED, isClosed } from '#libs/calendar/calendar.js';
import { isDaySeven } from '#libs/calendar/day-of-week.js';
import { MAX_LOCAL_TIME_MS } from '#libs/calendar/local-time.js';
import { quoteValue } from '#libs/errors.js';
import { SECOND_MS } from '#libs/instant/instant.js';
import { counted, listed } from '#libs/listed.js';
import type { CalendarChange } from '../../timezones/calendars.repository.js';
import { closedWhenBlank, formatHours, readBusinessHours } from '../../timezones/calendar-input.js';
import { HoursFile, type CollectedRow } from './hours-file.js';

/**
 * business_hours.csv. Replaces the whole week of every store in it. Collected as two numbers per row: packed hours and
 * line.
 */
export class BusinessHoursFile extends HoursFile<number[]> {
  refusal: string | undefined;

  protected read(
    storeId: string,
    [dayOfWeek, startTimeLocal, endTimeLocal]: string[],
    line: number,
  ): string | undefined {
    const hours = readBusinessHours({ dayOfWeek, ...closedWhenBlank(startTimeLocal, endTimeLocal) });
    if ('problem' in hours) {
      if (isDaySeven(dayOfWeek)) this.refusal ??= refusalOf(this.header.names[1], dayOfWeek, line);
      return `${hours.field === 'day_of_week' ? this.header.names[1] : hours.field}: ${hours.problem}`;
    }
    this.of(storeId, () => []).push(pack(hours.value), line);
    return undefined;
  }

  protected write(weeks: ReadonlyMap<number, number[]>): Promise<CalendarChange> {
    return this.timezones.replaceBusinessHours(
      new Map([...weeks].map(([id, rows]) => [id, rowsOf(rows).map(({ hours }) => hours)])),
    );
  }

  protected groupOf(storeId: string): string {
    return storeId;
  }

  protected groups(): Iterable<string> {
    return this.values.keys();
  }

  protected removeGroup(storeId: string): CollectedRow[] {
    const rows = rowsOf(this.values.get(storeId) ?? []);
    this.values.delete(storeId);
    return rows.map(({ hours, line }) => ({ line, rawRow: shown(storeId, hours) }));
  }

  protected keptGroup(storeId: string): string {
    return `store ${quoteValue(storeId)} keeps its week`;
  }

  async warnings(): Promise<string[]> {
    if (this.isUnused)
      return ['The stores of the file keep their previous weeks; stores without one are open all day in reports.'];
    const withHours = new Set(await this.timezones.storesWithHours([...this.firstRejectedLine.keys()]));
    const at = ([storeId, line]: [string, number]): string => `${quoteValue(storeId)} (line ${line})`;
    const kept = [...this.firstRejectedLine].filter(([storeId]) => withHours.has(storeId)).map(at);
    const open = [...this.firstRejectedLine].filter(([storeId]) => !withHours.has(storeId)).map(at);
    return [
      ...(open.length > 0
        ? [
            `${counted(open.length, 'store')} without hours because of a rejected row, open all day in reports: ${listed(open)}.`,
          ]
        : []),
      ...(kept.length > 0
        ? [
            `${counted(kept.length, 'store')} with the same week as before this file, because of a rejected row: ${listed(kept)}.`,
          ]
        : []),
    ];
  }
}

/** The whole file is rejected: it numbers its days differently, so its days 1 to 6 are wrong too, but look valid. */
const refusalOf = (column: string, day: string, line: number): string =>
  `${column} must be 0 (Monday) to 6 (Sunday) or a name, got ${quoteValue(day)} in line ${line}; renumber every row, since the other days are numbered differently too`;

/** The number of time values: one per second up to the maximum, and one for closed. */
const TIMES = MAX_LOCAL_TIME_MS / SECOND_MS + 2;
const CLOSED_TIME = TIMES - 1;

const packTime = (hours: BusinessHours, ms: number): number => (isClosed(hours) ? CLOSED_TIME : ms / SECOND_MS);

const pack = (hours: BusinessHours): number =>
  (hours.dayOfWeek * TIMES + packTime(hours, hours.startMs)) * TIMES + packTime(hours, hours.endMs);

function unpack(packed: number): BusinessHours {
  const dayOfWeek = Math.floor(packed / (TIMES * TIMES));
  const [start, end] = [Math.floor(packed / TIMES) % TIMES, packed % TIMES];
  return start === CLOSED_TIME
    ? { dayOfWeek, ...CLOSED }
    : { dayOfWeek, startMs: start * SECOND_MS, endMs: end * SECOND_MS };
}

function rowsOf(numbers: readonly number[]): { hours: BusinessHours; line: number }[] {
  return Array.from({ length: numbers.length / 2 }, (_, row) => ({
    hours: unpack(numbers[2 * row]),
    line: numbers[2 * row + 1],
  }));
}

/** The row as it was parsed; the original bytes of accepted rows are not kept. */
const shown = (storeId: string, hours: BusinessHours): string =>
  [storeId, hours.dayOfWeek, ...formatHours(hours)].join(',');
