import { type LocalHours, isClosed } from '#libs/calendar/calendar.js';
import { type LocalDate, formatLocalDate } from '#libs/calendar/local-date.js';
import { quoteValue } from '#libs/errors.js';
import { counted, listed } from '#libs/listed.js';
import type { CalendarChange } from '../../timezones/calendars.repository.js';
import { closedWhenBlank, formatHours, readLocalDate, readLocalHours } from '../../timezones/calendar-input.js';
import { HoursFile } from './hours-file.js';

/** A row: an opening on a date, or closed. */
interface DateHours {
  readonly date: LocalDate;
  readonly hours: LocalHours;
}

/**
 * special_hours.csv. Replaces the openings of every store and date in it. A row that is closed or has no times adds no
 * opening, so a date with no other row is closed.
 */
export class SpecialHoursFile extends HoursFile<DateHours> {
  protected read([dateText, startTimeLocal, endTimeLocal]: string[]): string | { readonly value: DateHours } {
    const date = readLocalDate(dateText);
    if ('problem' in date) return `date: ${date.problem}`;
    const hours = readLocalHours(closedWhenBlank(startTimeLocal, endTimeLocal));
    if ('problem' in hours) return `${hours.field}: ${hours.problem}`;
    return { value: { date: date.value, hours: hours.value } };
  }

  protected write(stores: ReadonlyMap<number, readonly DateHours[]>): Promise<CalendarChange> {
    return this.timezones.replaceSpecialHours(new Map([...stores].map(([id, rows]) => [id, openingsByDate(rows)])));
  }

  protected groupOf(storeId: string, [dateText]: readonly (string | undefined)[]): string | undefined {
    const date = readLocalDate(dateText);
    return 'problem' in date ? undefined : keyOf(storeId, date.value);
  }

  protected storeOf(group: string): string {
    return partsOf(group)[0];
  }

  protected isInGroup({ date }: DateHours, group: string): boolean {
    return date === partsOf(group)[1];
  }

  /** The row as it was parsed; the original bytes of accepted rows are not kept. */
  protected rawRow(storeId: string, { date, hours }: DateHours): string {
    return [storeId, formatLocalDate(date), ...formatHours(hours)].join(',');
  }

  protected keptGroup(key: string): string {
    const [storeId, date] = partsOf(key);
    return `store ${quoteValue(storeId)} keeps its hours of ${formatLocalDate(date)}`;
  }

  warnings(): Promise<string[]> {
    const kept = [...this.firstRejectedLine].map(([key, line]) => {
      const [storeId, date] = partsOf(key);
      return `${quoteValue(storeId)} ${formatLocalDate(date)} (line ${line})`;
    });
    return Promise.resolve(
      kept.length > 0 && !this.isUnused
        ? [
            `${counted(kept.length, 'date')} with the same hours as before this file, because of a rejected row: ${listed(kept)}.`,
          ]
        : [],
    );
  }
}

function openingsByDate(rows: readonly DateHours[]): Map<LocalDate, LocalHours[]> {
  const days = new Map<LocalDate, LocalHours[]>();
  for (const { date, hours } of rows) {
    const openings = days.get(date) ?? [];
    if (!isClosed(hours)) openings.push(hours);
    days.set(date, openings);
  }
  return days;
}

/** Ids contain no line break. */
const keyOf = (storeId: string, date: LocalDate): string => `${storeId}\n${date}`;

function partsOf(key: string): [storeId: string, date: LocalDate] {
  const [storeId, date] = key.split('\n') as [string, string];
  return [storeId, Number(date)];
}
