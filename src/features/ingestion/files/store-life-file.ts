import type { StoreLife } from '../../timezones/calendar-input.js';
import type { CalendarChange } from '../../timezones/calendars.repository.js';
import { readLife } from '../../timezones/calendar-input.js';
import { CalendarFile, lastOfEach } from './calendar-file.js';

/** store_life.csv. The last row of a store wins; an empty date means none. */
export class StoreLifeFile extends CalendarFile<StoreLife> {
  protected read([openedOn, closedOn]: string[]): string | { value: StoreLife } {
    const life = readLife(openedOn, closedOn);
    return 'problem' in life ? `${life.field}: ${life.problem}` : life;
  }

  protected write(stores: ReadonlyMap<number, readonly StoreLife[]>): Promise<CalendarChange> {
    return this.timezones.replaceLives(lastOfEach(stores));
  }
}
