import type { CalendarChange } from '../../timezones/calendars.repository.js';
import { readTimezone } from '../../timezones/calendar-input.js';
import { CalendarFile } from './calendar-file.js';

/** store_timezones.csv. The last row of a store wins. */
export class TimezonesFile extends CalendarFile<string> {
  protected read(storeId: string, [timezone]: string[]): string | undefined {
    const zone = readTimezone(timezone);
    if ('problem' in zone) return `${this.header.names[1]}: ${zone.problem}`;
    this.set(storeId, zone.value);
    return undefined;
  }

  protected write(zones: ReadonlyMap<number, string>): Promise<CalendarChange> {
    return this.timezones.replaceTimezones(zones);
  }
}
