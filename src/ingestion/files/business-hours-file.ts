import type { BusinessHours } from '#libs/calendar/calendar.js';
import { DAY_MS, SECOND_MS } from '#libs/instant/instant.js';
import type { CalendarChange } from '../../timezones/calendars.repository.js';
import { readBusinessHours } from '../../timezones/fields.js';
import { CalendarFile } from './calendar-file.js';

/** business_hours.csv. It replaces the whole week of every store that it names; gathered as a number a row. */
export class BusinessHoursFile extends CalendarFile<number[]> {
  protected read(storeId: string, [dayOfWeek, startTimeLocal, endTimeLocal]: string[]): string | undefined {
    const hours = readBusinessHours({ dayOfWeek, startTimeLocal, endTimeLocal });
    if ('problem' in hours) {
      return `${hours.field === 'day_of_week' ? this.header.names[1] : hours.field}: ${hours.problem}`;
    }
    this.of(storeId, () => []).push(pack(hours.value));
    return undefined;
  }

  protected write(weeks: ReadonlyMap<number, number[]>): Promise<CalendarChange> {
    return this.timezones.replaceBusinessHours(new Map([...weeks].map(([id, week]) => [id, week.map(unpack)])));
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
