import { Injectable } from '@nestjs/common';
import type { PoolClient } from 'pg';
import { type BusinessHours, type Calendar, DEFAULT_ZONE } from '#libs/calendar/calendar.js';
import { LOCAL_TIME_FORM, parseLocalTime } from '#libs/calendar/local-time.js';
import { isZoneName } from '#libs/calendar/zone.js';
import { invalidArgument, notFound, quoteValue } from '#libs/errors.js';
import { DAY_MS } from '#libs/instant/instant.js';
import { CalendarsRepository, type CalendarChange } from './calendars.repository.js';
import { storeIdProblem } from './store-id.js';
import { type StoreRow, StoresRepository } from './stores.repository.js';

/** A store's calendar as it was given. */
export interface StoreCalendar {
  readonly storeId: string;
  /** The zone in use. */
  readonly timezone: string;
  /** Whether no zone was given, so that DEFAULT_ZONE is used. */
  readonly timezoneIsDefault: boolean;
  /** No rows: open round the clock. */
  readonly businessHours: readonly BusinessHours[];
}

/** One row of business hours as a request writes it. */
export interface BusinessHoursInput {
  readonly dayOfWeek: unknown;
  readonly startTimeLocal: unknown;
  readonly endTimeLocal: unknown;
}

const MAX_ROWS_A_WEEK = 7 * 48;

/** Stores and their calendars: zone and weekly hours. */
@Injectable()
export class TimezonesService {
  constructor(
    private readonly stores: StoresRepository,
    private readonly calendarRows: CalendarsRepository,
  ) {}

  /** Every zone that the runtime's tz database offers, and that database's version (`2026a`). */
  timezones(): { names: string[]; version: string } {
    return { names: Intl.supportedValuesOf('timeZone'), version: process.versions.tz ?? 'unknown' };
  }

  listStores(after: string, limit: number): Promise<StoreRow[]> {
    return this.stores.page(after, limit);
  }

  /** Whether not one store is known. */
  async isEmpty(): Promise<boolean> {
    return (await this.stores.page('', 1)).length === 0;
  }

  /** @throws DomainError not_found */
  async calendar(storeId: string): Promise<StoreCalendar> {
    const store = storeIdProblem(storeId) ? undefined : await this.stores.find(storeId);
    if (!store) throw notFound(`There is no store ${quoteValue(storeId)}.`);
    return {
      storeId,
      timezone: store.timezone ?? DEFAULT_ZONE,
      timezoneIsDefault: store.timezone === null,
      businessHours: await this.calendarRows.businessHours(store.id),
    };
  }

  /** Sets a store's zone; a store that is not known yet is added. @throws DomainError invalid_argument */
  async setTimezone(storeId: string, timezone: unknown): Promise<StoreCalendar> {
    const zone = readTimezone(timezone);
    if ('problem' in zone) throw invalidArgument('timezone', `timezone: ${zone.problem}.`);
    const [id] = await this.resolveOne(storeId);
    await this.calendarRows.setTimezones(new Map([[id, zone.timezone]]));
    return this.calendar(storeId);
  }

  /** Replaces a store's whole week; a store that is not known yet is added. @throws DomainError invalid_argument */
  async setBusinessHours(storeId: string, rows: readonly BusinessHoursInput[]): Promise<StoreCalendar> {
    if (rows.length > MAX_ROWS_A_WEEK) {
      throw invalidArgument(
        'business_hours',
        `business_hours has ${rows.length} rows; ${MAX_ROWS_A_WEEK} are allowed.`,
      );
    }
    const week = rows.map((row, index) => {
      const hours = readBusinessHours(row.dayOfWeek, row.startTimeLocal, row.endTimeLocal);
      if (!('problem' in hours)) return hours;
      const field = `business_hours[${index}].${hours.field}`;
      throw invalidArgument(field, `${field}: ${hours.problem}.`);
    });
    const [id] = await this.resolveOne(storeId);
    await this.calendarRows.replaceBusinessHours(new Map([[id, week]]));
    return this.calendar(storeId);
  }

  /** The calendars of the stores with database ids in `[firstId, endId)`, by id, as `client`'s transaction sees them. */
  calendars(client: PoolClient, firstId: number, endId: number): Promise<Map<number, Calendar>> {
    return this.calendarRows.calendars(client, firstId, endId);
  }

  /** The database ids of stores, in order; stores that are not known yet are added. */
  resolve(storeIds: readonly string[]): Promise<Int32Array> {
    return this.stores.resolve(storeIds);
  }

  replaceBusinessHours(weeks: ReadonlyMap<number, readonly BusinessHours[]>): Promise<CalendarChange> {
    return this.calendarRows.replaceBusinessHours(weeks);
  }

  setTimezones(zones: ReadonlyMap<number, string>): Promise<CalendarChange> {
    return this.calendarRows.setTimezones(zones);
  }

  private resolveOne(storeId: string): Promise<Int32Array> {
    const problem = storeIdProblem(storeId);
    if (problem) throw invalidArgument('store_id', `store_id ${quoteValue(storeId)} ${problem}.`);
    return this.stores.resolve([storeId]);
  }
}

export function readTimezone(value: unknown): { timezone: string } | { problem: string } {
  const name = typeof value === 'string' ? value.trim() : '';
  if (isZoneName(name)) return { timezone: name };
  return { problem: `${quoteValue(value)} is not a zone of the tz database; write one such as America/New_York` };
}

/** One row of business hours, checked. Days and times may come as text or as numbers, as files and requests write them. */
export function readBusinessHours(
  dayOfWeek: unknown,
  startTimeLocal: unknown,
  endTimeLocal: unknown,
): BusinessHours | { field: 'day_of_week' | 'start_time_local' | 'end_time_local'; problem: string } {
  const day = /^[0-6]$/.test(String(dayOfWeek).trim()) ? Number(dayOfWeek) : undefined;
  if (day === undefined) {
    return { field: 'day_of_week', problem: `${quoteValue(dayOfWeek)} is not a day from 0 (Monday) to 6 (Sunday)` };
  }
  const startMs = typeof startTimeLocal === 'string' ? parseLocalTime(startTimeLocal) : undefined;
  if (startMs === undefined || startMs === DAY_MS) {
    return {
      field: 'start_time_local',
      problem: `${quoteValue(startTimeLocal)} is not a time of day; write HH:MM:SS up to 23:59:59`,
    };
  }
  const endMs = typeof endTimeLocal === 'string' ? parseLocalTime(endTimeLocal) : undefined;
  if (endMs === undefined) {
    return { field: 'end_time_local', problem: `${quoteValue(endTimeLocal)} is not ${LOCAL_TIME_FORM}` };
  }
  return { dayOfWeek: day, startMs, endMs };
}
