import type { BusinessHours } from '#libs/calendar/calendar.js';
import { formatLocalTime } from '#libs/calendar/local-time.js';
import { quoteValue } from '#libs/errors.js';
import { DAY_MS, SECOND_MS } from '#libs/instant/instant.js';
import { counted, listed } from '#libs/listed.js';
import type { CalendarChange } from '../../timezones/calendars.repository.js';
import { readBusinessHours } from '../../timezones/fields.js';
import { HoursFile, type TakenRow } from './hours-file.js';

/** business_hours.csv. It replaces the whole week of every store that it names; gathered as two numbers a row: hours and line. */
export class BusinessHoursFile extends HoursFile<number[]> {
  protected read(
    storeId: string,
    [dayOfWeek, startTimeLocal, endTimeLocal]: string[],
    line: number,
  ): string | undefined {
    const hours = readBusinessHours({ dayOfWeek, startTimeLocal, endTimeLocal });
    if ('problem' in hours) {
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

  protected wholeOf(storeId: string): string {
    return storeId;
  }

  protected wholes(): Iterable<string> {
    return this.values.keys();
  }

  protected takeOut(storeId: string): TakenRow[] {
    const rows = rowsOf(this.values.get(storeId) ?? []);
    this.values.delete(storeId);
    return rows.map(({ hours, line }) => ({ line, rawRow: shown(storeId, hours) }));
  }

  protected keeping(storeId: string): string {
    return `store ${quoteValue(storeId)} keeps its week`;
  }

  async warnings(): Promise<string[]> {
    if (this.isUnused)
      return ['The stores of the file keep the weeks they had; those without one are open all day in reports.'];
    const withHours = new Set(await this.timezones.storesWithHours([...this.spoilt.keys()]));
    const at = ([storeId, line]: [string, number]): string => `${quoteValue(storeId)} (line ${line})`;
    const kept = [...this.spoilt].filter(([storeId]) => withHours.has(storeId)).map(at);
    const open = [...this.spoilt].filter(([storeId]) => !withHours.has(storeId)).map(at);
    return [
      ...(open.length > 0
        ? [
            `${counted(open.length, 'store')} without hours because of a rejected row, open all day in reports: ${listed(open)}.`,
          ]
        : []),
      ...(kept.length > 0
        ? [
            `${counted(kept.length, 'store')} with the week as it was before this file, because of a rejected row: ${listed(kept)}.`,
          ]
        : []),
    ];
  }
}

/** Times of day up to and including 24:00, in seconds. */
const SECONDS = DAY_MS / SECOND_MS + 1;

const pack = ({ dayOfWeek, startMs, endMs }: BusinessHours): number =>
  (dayOfWeek * SECONDS + startMs / SECOND_MS) * SECONDS + endMs / SECOND_MS;

const unpack = (packed: number): BusinessHours => ({
  dayOfWeek: Math.floor(packed / (SECONDS * SECONDS)),
  startMs: (Math.floor(packed / SECONDS) % SECONDS) * SECOND_MS,
  endMs: (packed % SECONDS) * SECOND_MS,
});

function rowsOf(numbers: readonly number[]): { hours: BusinessHours; line: number }[] {
  return Array.from({ length: numbers.length / 2 }, (_, row) => ({
    hours: unpack(numbers[2 * row]),
    line: numbers[2 * row + 1],
  }));
}

/** The row as it was understood: the bytes of a row that was taken are not kept. */
const shown = (storeId: string, { dayOfWeek, startMs, endMs }: BusinessHours): string =>
  [storeId, dayOfWeek, formatLocalTime(startMs), formatLocalTime(endMs)].join(',');
