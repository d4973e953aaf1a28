import type { BusinessHours } from '#libs/calendar/calendar.js';
import { isDaySeven } from '#libs/calendar/day-of-week.js';
import { quoteValue } from '#libs/errors.js';
import { counted, listed } from '#libs/listed.js';
import type { CalendarChange } from '../../timezones/calendars.repository.js';
import { closedWhenBlank, formatHours, readBusinessHours } from '../../timezones/calendar-input.js';
import { HoursFile } from './hours-file.js';

/** business_hours.csv. Replaces the whole week of every store in it. */
export class BusinessHoursFile extends HoursFile<BusinessHours> {
  refusal: string | undefined;

  protected read(
    [dayOfWeek, startTimeLocal, endTimeLocal]: string[],
    line: number,
  ): string | { readonly value: BusinessHours } {
    const hours = readBusinessHours({ dayOfWeek, ...closedWhenBlank(startTimeLocal, endTimeLocal) });
    if ('value' in hours) return hours;
    if (isDaySeven(dayOfWeek)) this.refusal ??= refusalOf(this.header.names[1], dayOfWeek, line);
    return `${hours.field === 'day_of_week' ? this.header.names[1] : hours.field}: ${hours.problem}`;
  }

  protected write(weeks: ReadonlyMap<number, readonly BusinessHours[]>): Promise<CalendarChange> {
    return this.timezones.replaceBusinessHours(weeks);
  }

  protected groupOf(storeId: string): string {
    return storeId;
  }

  protected storeOf(group: string): string {
    return group;
  }

  protected isInGroup(): boolean {
    return true;
  }

  /** The row as it was parsed; the original bytes of accepted rows are not kept. */
  protected rawRow(storeId: string, hours: BusinessHours): string {
    return [storeId, hours.dayOfWeek, ...formatHours(hours)].join(',');
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
