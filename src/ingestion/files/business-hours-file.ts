import type { BusinessHours } from '#libs/calendar/calendar.js';
import { DAY_MS, SECOND_MS } from '#libs/instant/instant.js';
import type { CalendarChange } from '../../timezones/calendars.repository.js';
import { storeIdProblem } from '../../timezones/store-id.js';
import { readBusinessHours } from '../../timezones/timezones.service.js';
import type { Header } from './header.js';
import { fieldsOf } from './records.js';
import type { TableFile } from './table-file.js';

export interface BusinessHoursFileTarget {
  resolve(storeIds: readonly string[]): Promise<Int32Array>;
  replaceBusinessHours(weeks: ReadonlyMap<number, readonly BusinessHours[]>): Promise<CalendarChange>;
}

const STORES_PER_WRITE = 5_000;

/**
 * business_hours.csv. It replaces the whole week of every store that it names, and names its rows in no order: so it is
 * gathered whole, a number a row, before anything is written.
 */
export class BusinessHoursFile implements TableFile {
  accepted = 0;
  private readonly weeks = new Map<string, number[]>();

  constructor(
    private readonly header: Header,
    private readonly target: BusinessHoursFileTarget,
  ) {}

  row(bytes: Buffer, start: number, end: number, quoted: boolean): string | undefined {
    const fields = fieldsOf(bytes, start, end, quoted);
    const { positions, names, width } = this.header;
    if (fields.length !== width) return `the row has ${fields.length} fields, the header ${width}`;
    const [storeId, day, startTime, endTime] = positions.map((at) => fields[at]) as [string, string, string, string];
    const idProblem = storeIdProblem(storeId);
    if (idProblem) return `store_id ${idProblem}`;
    const hours = readBusinessHours(day, startTime, endTime);
    if ('problem' in hours) {
      return `${hours.field === 'day_of_week' ? names[1] : hours.field}: ${hours.problem}`;
    }
    const week = this.weeks.get(storeId);
    if (week) week.push(pack(hours));
    else this.weeks.set(storeId, [pack(hours)]);
    return undefined;
  }

  async flush(isLast: boolean): Promise<void> {
    if (!isLast) return;
    const storeIds = [...this.weeks.keys()];
    for (let at = 0; at < storeIds.length; at += STORES_PER_WRITE) {
      const some = storeIds.slice(at, at + STORES_PER_WRITE);
      const ids = await this.target.resolve(some);
      const weeks = new Map(some.map((storeId, index) => [ids[index], this.weeks.get(storeId)!.map(unpack)]));
      this.accepted += (await this.target.replaceBusinessHours(weeks)).accepted;
    }
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
