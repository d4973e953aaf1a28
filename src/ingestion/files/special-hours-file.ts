import { type LocalHours, isClosed } from '#libs/calendar/calendar.js';
import type { LocalDate } from '#libs/calendar/local-date.js';
import type { CalendarChange, SpecialDays } from '../../timezones/calendars.repository.js';
import { closedWhenBlank, readLocalDate, readLocalHours } from '../../timezones/fields.js';
import { CalendarFile } from './calendar-file.js';

/**
 * special_hours.csv. It replaces the openings of every store and date that it names; a row without times, or that says Closed,
 * adds none, so a date that has no other row is closed.
 */
export class SpecialHoursFile extends CalendarFile<Map<LocalDate, LocalHours[]>> {
  protected read(storeId: string, [dateText, startTimeLocal, endTimeLocal]: string[]): string | undefined {
    const date = readLocalDate(dateText);
    if ('problem' in date) return `date: ${date.problem}`;
    const hours = readLocalHours(closedWhenBlank(startTimeLocal, endTimeLocal));
    if ('problem' in hours) return `${hours.field}: ${hours.problem}`;
    const days = this.of(storeId, () => new Map());
    const openings = days.get(date.value) ?? [];
    if (!isClosed(hours.value)) openings.push(hours.value);
    days.set(date.value, openings);
    return undefined;
  }

  protected write(stores: ReadonlyMap<number, SpecialDays>): Promise<CalendarChange> {
    return this.timezones.replaceSpecialHours(stores);
  }
}
