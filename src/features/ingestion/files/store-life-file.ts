import type { StoreLife } from '../../timezones/calendar-input.js';
import type { CalendarChange } from '../../timezones/calendars.repository.js';
import { readLife } from '../../timezones/calendar-input.js';
import { CalendarFile } from './calendar-file.js';

/** store_life.csv. The last row of a store wins; an empty date means none. */
export class StoreLifeFile extends CalendarFile<StoreLife> {
  protected read(storeId: string, [openedOn, closedOn]: string[]): string | undefined {
    const life = readLife(openedOn, closedOn);
    if ('problem' in life) return `${life.field}: ${life.problem}`;
    this.set(storeId, life.value);
    return undefined;
  }

  protected write(lives: ReadonlyMap<number, StoreLife>): Promise<CalendarChange> {
    return this.timezones.replaceLives(lives);
  }
}
