import type { CalendarChange } from '../../timezones/calendars.repository.js';
import { readTimezone } from '../../timezones/calendar-input.js';
import { CalendarFile, lastOfEach } from './calendar-file.js';

/** store_timezones.csv. The last row of a store wins. */
export class TimezonesFile extends CalendarFile<string> {
  protected read([timezone]: string[]): string | { value: string } {
    const zone = readTimezone(timezone);
    return 'problem' in zone ? `${this.header.names[1]}: ${zone.problem}` : zone;
  }

  protected write(stores: ReadonlyMap<number, readonly string[]>): Promise<CalendarChange> {
    return this.timezones.replaceTimezones(lastOfEach(stores));
  }
}
