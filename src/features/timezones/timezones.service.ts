import { Injectable } from '@nestjs/common';
import type { PoolClient } from 'pg';
import { type BusinessHours, type Calendar, isClosed } from '#libs/calendar/calendar.js';
import { canonicalZone, tzNames } from '#libs/calendar/zone.js';
import type { Filter } from '#libs/filter/filter.js';
import { invalidArgument, quoteValue } from '#libs/errors.js';
import type { StoreSet } from '../../platform/database/store-set.js';
import { type CalendarChange, CalendarsRepository, type SpecialDays } from './calendars.repository.js';
import {
  type BusinessHoursInput,
  type LocalHoursInput,
  type StoreLife,
  type Unusable,
  readBusinessHours,
  readLife,
  readLocalDate,
  readLocalHours,
  readTimezone,
} from './calendar-input.js';
import type { NameAndTags } from './names-and-tags.js';
import { tzVersion } from './tz-version.js';
import { knownIdProblem, storeIdProblem, trimStoreId } from './store-id.js';
import type { StoreKeys } from './store-keys.js';
import { type CountedSample, type StoreRow, StoresRepository, noStore } from './stores.repository.js';
import { type Page, cutPage } from '../../edge/paging/page.js';

/** A store with its calendar as it was set. */
export interface StoreCalendar extends Calendar, NameAndTags {
  readonly storeId: string;
  /** Whether no zone was set, so that DEFAULT_ZONE is used. */
  readonly zoneIsDefault: boolean;
}

const MAX_ROWS_A_DAY = 48;
const MAX_ROWS_A_WEEK = 7 * MAX_ROWS_A_DAY;

/**
 * Stores and their calendars: timezone, weekly hours, special hours, and first and last date. A change applies to the
 * past as well.
 */
@Injectable()
export class TimezonesService {
  constructor(
    private readonly stores: StoresRepository,
    private readonly calendarRows: CalendarsRepository,
  ) {}

  /** Every accepted zone name, links included, and the tz database's version (`2026a`). */
  timezones(): { names: string[]; version: string } {
    return { names: [...tzNames()], version: tzVersion() };
  }

  /** A page of stores, ordered by id. @param after the last id of the previous page; empty: the first page */
  async listStores(after: string, size: number, filter?: Filter): Promise<Page<StoreRow>> {
    return cutPage(await this.stores.page(after, size + 1, filter), size);
  }

  /** The database ids of the stores that a filter selects, ascending. */
  matching(filter: Filter | boolean): Promise<Int32Array> {
    return this.stores.matching(filter);
  }

  /** Whether there are no stores. */
  async isEmpty(): Promise<boolean> {
    return (await this.stores.page('', 1)).length === 0;
  }

  /** @throws DomainError not_found */
  async find(storeId: string): Promise<StoreRow> {
    // untrimmed first: older versions stored ids with their blanks
    const ids = new Set([storeId, trimStoreId(storeId)]);
    let store: StoreRow | undefined;
    for (const id of ids) if (!store && !knownIdProblem(id)) store = await this.stores.find(id);
    if (!store) throw noStore(storeId);
    return store;
  }

  /** @throws DomainError not_found */
  async calendar(storeId: string): Promise<StoreCalendar> {
    const store = await this.find(storeId);
    const calendars = await this.calendarRows.calendars([store.id]);
    const { name, tags } = store;
    return { ...calendars.get(store.id)!, storeId, name, tags, zoneIsDefault: store.timezone === null };
  }

  /** Sets a store's zone; adds an unknown store. @throws DomainError invalid_argument */
  async setTimezone(storeId: string, timezone: unknown): Promise<StoreCalendar> {
    const zone = usable('timezone', readTimezone(timezone));
    const id = await this.resolveOne(storeId);
    await this.calendarRows.setTimezones(new Map([[id, zone]]));
    return this.calendar(storeId);
  }

  /** Removes a store's zone, so that the default is used. @throws DomainError not_found */
  async removeTimezone(storeId: string): Promise<StoreCalendar> {
    const { id } = await this.find(storeId);
    await this.calendarRows.setTimezones(new Map([[id, null]]));
    return this.calendar(storeId);
  }

  /** Replaces a store's whole week; adds an unknown store. @throws DomainError invalid_argument */
  async setBusinessHours(storeId: string, rows: readonly BusinessHoursInput[]): Promise<StoreCalendar> {
    limitRows('business_hours', rows, MAX_ROWS_A_WEEK);
    const week = rows.map((row, index) => usable(`business_hours[${index}]`, readBusinessHours(row)));
    const id = await this.resolveOne(storeId);
    await this.calendarRows.replaceBusinessHours(new Map([[id, week]]));
    return this.calendar(storeId);
  }

  /**
   * Replaces the openings of one local date (an empty list: closed); adds an unknown store.
   * @throws DomainError invalid_argument
   */
  async setSpecialHours(storeId: string, date: unknown, rows: readonly LocalHoursInput[]): Promise<StoreCalendar> {
    const localDate = usable('date', readLocalDate(date));
    limitRows('hours', rows, MAX_ROWS_A_DAY);
    const read = rows.map((row, index) => usable(`hours[${index}]`, readLocalHours(row)));
    const hours = read.filter((row) => !isClosed(row)); // a date without openings is closed
    const id = await this.resolveOne(storeId);
    await this.calendarRows.setSpecialHours(new Map([[id, new Map([[localDate, hours]])]]));
    return this.calendar(storeId);
  }

  /**
   * Removes a date's special hours, so that the weekly hours apply. @throws DomainError invalid_argument, not_found for
   * an unknown store
   */
  async removeSpecialHours(storeId: string, date: unknown): Promise<StoreCalendar> {
    const localDate = usable('date', readLocalDate(date));
    const { id } = await this.find(storeId);
    await this.calendarRows.setSpecialHours(new Map([[id, new Map([[localDate, null]])]]));
    return this.calendar(storeId);
  }

  /** Sets a store's first and last date; adds an unknown store. @throws DomainError invalid_argument */
  async setLife(storeId: string, openedOn: unknown, closedOn: unknown): Promise<StoreCalendar> {
    if (openedOn === undefined && closedOn === undefined) {
      throw invalidArgument('', 'Send opened_on, closed_on or both; null means none.');
    }
    const life = usable('', readLife(openedOn, closedOn));
    const id = await this.resolveOne(storeId);
    await this.calendarRows.setLives(new Map([[id, life]]));
    return this.calendar(storeId);
  }

  /** The calendars of stores, by database id, as seen by `client`'s transaction. */
  calendars(client: PoolClient, stores: StoreSet): Promise<Map<number, Calendar>> {
    return this.calendarRows.calendars(stores, client);
  }

  /** The database ids of stores, in order; adds unknown stores. */
  resolve(storeIds: readonly string[]): Promise<Int32Array> {
    return this.stores.resolve(storeIds);
  }

  /** The ids of stores seen so far, for a file that adds its own. */
  storeKeys(): StoreKeys {
    return this.stores.keys();
  }

  /** The database ids of stores by their numbers in `keys`, which remember them; adds unknown stores. */
  resolveKeys(keys: StoreKeys, wanted: ArrayLike<number>): Promise<Int32Array> {
    return this.stores.resolveKeys(keys, wanted);
  }

  /** The ids among these of stores that the caller may see or add; undefined: all. */
  usableStores(storeIds: readonly string[]): Promise<ReadonlySet<string> | undefined> {
    return this.stores.usable(storeIds);
  }

  /** The ids among these that no store has. */
  async unknownStores(storeIds: readonly string[]): Promise<string[]> {
    const known = new Set(await this.stores.known(storeIds.filter((storeId) => !knownIdProblem(storeId))));
    return storeIds.filter((storeId) => !known.has(storeId));
  }

  /** The ids among these whose store has weekly hours. */
  storesWithHours(storeIds: readonly string[]): Promise<string[]> {
    return this.calendarRows.withWeek(storeIds);
  }

  /** Stores with hours but without a zone, so that DEFAULT_ZONE is used: how many, and the first of them. */
  storesWithoutZone(limit: number): Promise<CountedSample> {
    return this.calendarRows.withoutZone(limit);
  }

  /**
   * Stores whose zone is not a name in the tz database, with the name that the runtime maps it to: how many, and the
   * first of them. Older versions accepted any name known to the runtime.
   */
  async storesWithOtherZone(
    limit: number,
  ): Promise<CountedSample<{ storeId: string; timezone: string; readAs: string }>> {
    const { count, first } = await this.calendarRows.withOtherZone(tzNames(), limit);
    return { count, first: first.map((store) => ({ ...store, readAs: canonicalZone(store.timezone) })) };
  }

  /** Groups of ids that may be spellings of one store: how many, and the first of them. */
  similarIds(limit: number): Promise<CountedSample<string[]>> {
    return this.stores.similarIds(limit);
  }

  replaceBusinessHours(weeks: ReadonlyMap<number, readonly BusinessHours[]>): Promise<CalendarChange> {
    return this.calendarRows.replaceBusinessHours(weeks);
  }

  replaceTimezones(zones: ReadonlyMap<number, string>): Promise<CalendarChange> {
    return this.calendarRows.setTimezones(zones);
  }

  replaceSpecialHours(stores: ReadonlyMap<number, SpecialDays>): Promise<CalendarChange> {
    return this.calendarRows.setSpecialHours(stores);
  }

  replaceLives(lives: ReadonlyMap<number, StoreLife>): Promise<CalendarChange> {
    return this.calendarRows.setLives(lives);
  }

  private async resolveOne(storeId: string): Promise<number> {
    const problem = storeIdProblem(trimStoreId(storeId));
    if (problem) throw invalidArgument('store_id', `store_id ${quoteValue(storeId)} ${problem}.`);
    const [id] = await this.stores.resolve([trimStoreId(storeId)]);
    return id;
  }
}

function limitRows(field: string, rows: readonly unknown[], max: number): void {
  if (rows.length > max) throw invalidArgument(field, `${field} must have at most ${max} rows, got ${rows.length}.`);
}

/** The value, or an error that names the field by its full path. */
function usable<Value>(path: string, read: { value: Value } | Unusable): Value {
  if ('value' in read) return read.value;
  const field = [path, read.field].filter(Boolean).join('.');
  throw invalidArgument(field, `${field}: ${read.problem}.`);
}
