import { type LocalHours, isClosed } from '#libs/calendar/calendar.js';
import { type LocalDate, formatLocalDate } from '#libs/calendar/local-date.js';
import { quoteValue } from '#libs/errors.js';
import { counted, listed } from '#libs/listed.js';
import type { CalendarChange } from '../../timezones/calendars.repository.js';
import { closedWhenBlank, formatHours, readLocalDate, readLocalHours } from '../../timezones/calendar-input.js';
import { HoursFile, type CollectedRow } from './hours-file.js';

/** A date's rows, each an opening or closed, with their lines. */
type GatheredDate = { readonly hours: LocalHours; readonly line: number }[];

/**
 * special_hours.csv. Replaces the openings of every store and date in it. A row that is closed or has no times adds no
 * opening, so a date with no other row is closed.
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

  protected groupOf(storeId: string, [dateText]: readonly (string | undefined)[]): string | undefined {
    const date = readLocalDate(dateText);
    return 'problem' in date ? undefined : keyOf(storeId, date.value);
  }

  *groups(): Generator<string> {
    for (const [storeId, days] of this.values) for (const date of days.keys()) yield keyOf(storeId, date);
  }

  protected removeGroup(key: string): CollectedRow[] {
    const [storeId, date] = partsOf(key);
    const days = this.values.get(storeId);
    const rows = days?.get(date) ?? [];
    days?.delete(date);
    if (days?.size === 0) this.values.delete(storeId);
    return rows.map(({ hours, line }) => ({ line, rawRow: shown(storeId, date, hours) }));
  }

  protected keptGroup(key: string): string {
    const [storeId, date] = partsOf(key);
    return `store ${quoteValue(storeId)} keeps its hours of ${formatLocalDate(date)}`;
  }

  warnings(): Promise<string[]> {
    const kept = [...this.firstRejectedLine].map(([key, line]) => {
      const [storeId, date] = partsOf(key);
      return `${quoteValue(storeId)} ${formatLocalDate(date)} (line ${line})`;
    });
    return Promise.resolve(
      kept.length > 0 && !this.isUnused
        ? [
            `${counted(kept.length, 'date')} with the same hours as before this file, because of a rejected row: ${listed(kept)}.`,
          ]
        : [],
    );
  }
}

/** Ids contain no line break. */
const keyOf = (storeId: string, date: LocalDate): string => `${storeId}\n${date}`;

function partsOf(key: string): [storeId: string, date: LocalDate] {
  const [storeId, date] = key.split('\n') as [string, string];
  return [storeId, Number(date)];
}

/** The row as it was parsed; the original bytes of accepted rows are not kept. */
const shown = (storeId: string, date: LocalDate, hours: LocalHours): string =>
  [storeId, formatLocalDate(date), ...formatHours(hours)].join(',');
