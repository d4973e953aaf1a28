import { type BusinessHours, CLOSED, isClosed } from '#libs/calendar/calendar.js';
import { isDaySeven } from '#libs/calendar/day-of-week.js';
import { MAX_LOCAL_TIME_MS } from '#libs/calendar/local-time.js';
import { quoteValue } from '#libs/errors.js';
import { SECOND_MS } from '#libs/instant/instant.js';
import type { CalendarChange } from '../../timezones/calendars.repository.js';
import { closedWhenBlank, readBusinessHours } from '../../timezones/fields.js';
import { CalendarFile } from './calendar-file.js';

/** business_hours.csv. It replaces the whole week of every store that it names; gathered as a number a row. */
export class BusinessHoursFile extends CalendarFile<number[]> {
  refusal: string | undefined;

  protected read(
    storeId: string,
    [dayOfWeek, startTimeLocal, endTimeLocal]: string[],
    line: number,
  ): string | undefined {
    const hours = readBusinessHours({ dayOfWeek, ...closedWhenBlank(startTimeLocal, endTimeLocal) });
    if ('problem' in hours) {
      if (isDaySeven(dayOfWeek)) this.refusal ??= refusalOf(this.header.names[1], dayOfWeek, line);
      return `${hours.field === 'day_of_week' ? this.header.names[1] : hours.field}: ${hours.problem}`;
    }
    this.of(storeId, () => []).push(pack(hours.value));
    return undefined;
  }

  protected write(weeks: ReadonlyMap<number, number[]>): Promise<CalendarChange> {
    return this.timezones.replaceBusinessHours(new Map([...weeks].map(([id, week]) => [id, week.map(unpack)])));
  }
}

/** Not that row alone is wrong: the days 1 to 6 of such a file look like ours and mean others. */
const refusalOf = (column: string, day: string, line: number): string =>
  `its days are numbered otherwise: ${column} is ${quoteValue(day)} in line ${line}, while 0 is Monday and 6 is Sunday here; number the days so, or write their names`;

/** How many values a time has: those up to the latest, in seconds, and one for closed. */
const TIMES = MAX_LOCAL_TIME_MS / SECOND_MS + 2;
const CLOSED_TIME = TIMES - 1;

const packTime = (hours: BusinessHours, ms: number): number => (isClosed(hours) ? CLOSED_TIME : ms / SECOND_MS);

const pack = (hours: BusinessHours): number =>
  (hours.dayOfWeek * TIMES + packTime(hours, hours.startMs)) * TIMES + packTime(hours, hours.endMs);

function unpack(packed: number): BusinessHours {
  const dayOfWeek = Math.floor(packed / (TIMES * TIMES));
  const [start, end] = [Math.floor(packed / TIMES) % TIMES, packed % TIMES];
  return start === CLOSED_TIME
    ? { dayOfWeek, ...CLOSED }
    : { dayOfWeek, startMs: start * SECOND_MS, endMs: end * SECOND_MS };
}
