import { type LocalHours, isClosed } from '#libs/calendar/calendar.js';
import { type LocalDate, formatLocalDate } from '#libs/calendar/local-date.js';
import { quoteValue } from '#libs/errors.js';
import { counted, listed } from '#libs/listed.js';
import type { CalendarChange } from '../../timezones/calendars.repository.js';
import { closedWhenBlank, formatHours, readLocalDate, readLocalHours } from '../../timezones/calendar-input.js';
import { HoursFile, type TakenRow } from './hours-file.js';

/** Openings of a date, or that it has none, with their lines. */
type GatheredDate = { readonly hours: LocalHours; readonly line: number }[];

/**
 * special_hours.csv. It replaces the openings of every store and date that it names; a row without times, or that says Closed,
 * adds none, so a date that has no other row is closed.
 */
export class SpecialHoursFile extends HoursFile<Map<LocalDate, GatheredDate>> {
  protected read(
    storeId: string,
    [dateText, startTimeLocal, endTimeLocal]: string[],
    line: number,
  ): string | undefined {
    const date = readLocalDate(dateText);
    if ('problem' in date) return `date: ${date.problem}`;
    const hours = readLocalHours(closedWhenBlank(startTimeLocal, endTimeLocal));
    if ('problem' in hours) return `${hours.field}: ${hours.problem}`;
    const days = this.of(storeId, () => new Map());
    const rows = days.get(date.value) ?? [];
    rows.push({ hours: hours.value, line });
    days.set(date.value, rows);
    return undefined;
  }

  protected write(stores: ReadonlyMap<number, ReadonlyMap<LocalDate, GatheredDate>>): Promise<CalendarChange> {
    const openings = (rows: GatheredDate): LocalHours[] =>
      rows.map(({ hours }) => hours).filter((hours) => !isClosed(hours));
    return this.timezones.replaceSpecialHours(
      new Map([...stores].map(([id, days]) => [id, new Map([...days].map(([date, rows]) => [date, openings(rows)]))])),
    );
  }

  protected wholeOf(storeId: string, [dateText]: readonly (string | undefined)[]): string | undefined {
    const date = readLocalDate(dateText);
    return 'problem' in date ? undefined : keyOf(storeId, date.value);
  }

  *wholes(): Generator<string> {
    for (const [storeId, days] of this.values) for (const date of days.keys()) yield keyOf(storeId, date);
  }

  protected takeOut(key: string): TakenRow[] {
    const [storeId, date] = partsOf(key);
    const days = this.values.get(storeId);
    const rows = days?.get(date) ?? [];
    days?.delete(date);
    if (days?.size === 0) this.values.delete(storeId);
    return rows.map(({ hours, line }) => ({ line, rawRow: shown(storeId, date, hours) }));
  }

  protected keeping(key: string): string {
    const [storeId, date] = partsOf(key);
    return `store ${quoteValue(storeId)} keeps its hours of ${formatLocalDate(date)}`;
  }

  warnings(): Promise<string[]> {
    const kept = [...this.spoilt].map(([key, line]) => {
      const [storeId, date] = partsOf(key);
      return `${quoteValue(storeId)} ${formatLocalDate(date)} (line ${line})`;
    });
    return Promise.resolve(
      kept.length > 0 && !this.isUnused
        ? [
            `${counted(kept.length, 'date')} with the hours as before this file, because of a rejected row: ${listed(kept)}.`,
          ]
        : [],
    );
  }
}

/** No id holds a line break. */
const keyOf = (storeId: string, date: LocalDate): string => `${storeId}\n${date}`;

function partsOf(key: string): [storeId: string, date: LocalDate] {
  const [storeId, date] = key.split('\n') as [string, string];
  return [storeId, Number(date)];
}

/** The row as it was understood: the bytes of a row that was taken are not kept. */
const shown = (storeId: string, date: LocalDate, hours: LocalHours): string =>
  [storeId, formatLocalDate(date), ...formatHours(hours)].join(',');
