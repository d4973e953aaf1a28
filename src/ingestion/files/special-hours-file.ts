import type { LocalHours } from '#libs/calendar/calendar.js';
import type { LocalDate } from '#libs/calendar/local-date.js';
import type { CalendarChange, SpecialDays } from '../../timezones/calendars.repository.js';
import { readLocalDate, readLocalHours } from '../../timezones/fields.js';
import { CalendarFile } from './calendar-file.js';

/**
 * special_hours.csv. It replaces the openings of every store and date that it names; a row without times adds none, so a
 * date that has no other row is closed.
 */
export class SpecialHoursFile extends CalendarFile<Map<LocalDate, LocalHours[]>> {
  protected read(storeId: string, [dateText, startTimeLocal, endTimeLocal]: string[]): string | undefined {
    const date = readLocalDate(dateText);
    if ('problem' in date) return `date: ${date.problem}`;
    const isClosed = startTimeLocal.trim() === '' && endTimeLocal.trim() === '';
    const hours = isClosed ? undefined : readLocalHours({ startTimeLocal, endTimeLocal });
    if (hours && 'problem' in hours) return `${hours.field}: ${hours.problem}; leave both times empty for a closed day`;
    const days = this.of(storeId, () => new Map());
    const openings = days.get(date.value) ?? [];
    if (hours) openings.push(hours.value);
    days.set(date.value, openings);
    return undefined;
  }

  protected write(stores: ReadonlyMap<number, SpecialDays>): Promise<CalendarChange> {
    return this.timezones.replaceSpecialHours(stores);
  }
}
