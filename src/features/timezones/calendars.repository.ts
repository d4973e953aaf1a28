import { Injectable } from '@nestjs/common';
import { Pool, type PoolClient } from 'pg';
import { hoursKey, sameHours, touchedTime } from '#libs/calendar/calendar-change.js';
import { type BusinessHours, type Calendar, DEFAULT_ZONE, type LocalHours } from '#libs/calendar/calendar.js';
import type { LocalDate } from '#libs/calendar/local-date.js';
import { visibleStores } from '../../edge/filter/visible-stores.js';
import { Settings } from '../../platform/config/settings.js';
import { invalidate } from '../../platform/database/invalidations.js';
import { Lock } from '../../platform/database/locks.js';
import type { StoreSet } from '../../platform/database/store-set.js';
import { inSnapshot, inTransaction } from '../../platform/database/transaction.js';
import type { StoreLife } from './calendar-input.js';
import { CalendarCache, renewVersion } from './calendar-cache.js';
import { type SpecialDay, readCalendars, writeLives, writeSpecialDays, writeWeeks } from './calendar-rows.js';
import { checkStillVisible } from './still-visible.js';
import type { CountedSample } from './stores.repository.js';

/** The outcome of a calendar change, in rows of its input. */
export interface CalendarChange {
  readonly accepted: number;
  readonly duplicate: number;
}

/** Fewer stores than this are not worth a look into the cache. */
const MIN_CACHED = 100;

/** A store's openings on some dates. An empty list: closed; null: the weekly hours apply again. */
export type SpecialDays = ReadonlyMap<LocalDate, readonly LocalHours[] | null>;

/** A change to one store: the new calendar, and the number of input rows it used. */
interface Applied {
  readonly after: Calendar;
  readonly rows: number;
  /** How many of these rows changed something. */
  readonly accepted: number;
}

/**
 * Owns the tables business_hours and special_hours, and the calendar columns of store. Every change adds invalidations
 * for the affected hours in the same transaction. Keys are database ids.
 */
@Injectable()
export class CalendarsRepository {
  private readonly cache = new CalendarCache();

  constructor(
    private readonly pool: Pool,
    private readonly settings: Settings,
  ) {}

  /** The calendars of stores, by id, as seen by `client`'s transaction; without a client, as they are now. */
  async calendars(stores: StoreSet, client?: PoolClient): Promise<Map<number, Calendar>> {
    if (!client) return inSnapshot(this.pool, (snapshot) => this.calendars(stores, snapshot));
    const isFew = 'length' in stores && stores.length < MIN_CACHED;
    return isFew ? readCalendars(client, stores) : this.cache.read(client, stores);
  }

  /** The ids among these whose store has weekly hours. */
  async withWeek(storeIds: readonly string[]): Promise<string[]> {
    const values: unknown[] = [storeIds];
    const { rows } = await this.pool.query(
      `select external_id from store
       where external_id = any($1::text[]) and exists (select from business_hours where store_id = store.id)
         and ${visibleStores(values)}`,
      values,
    );
    return rows.map(({ external_id }: { external_id: string }) => external_id);
  }

  /** Stores without a zone whose figures depend on one: how many, and the first of them. */
  async withoutZone(limit: number): Promise<CountedSample> {
    const { rows } = await this.pool.query(
      `select external_id, count(*) over ()::integer as count from store
       where timezone is null and (opened_on is not null or closed_on is not null
         or exists (select from business_hours where store_id = store.id)
         or exists (select from special_hours where store_id = store.id))
       order by external_id limit $1`,
      [limit],
    );
    return { count: rows[0]?.count ?? 0, first: rows.map(({ external_id }: { external_id: string }) => external_id) };
  }

  /** Stores whose zone is not in `names`, ignoring case: how many, and the first of them with their zones. */
  async withOtherZone(
    names: readonly string[],
    limit: number,
  ): Promise<CountedSample<{ storeId: string; timezone: string }>> {
    const { rows } = await this.pool.query(
      `select external_id as "storeId", timezone, count(*) over ()::integer as count from store
       where lower(timezone) <> all($1::text[]) order by external_id limit $2`,
      [names.map((name) => name.toLowerCase()), limit],
    );
    return { count: rows[0]?.count ?? 0, first: rows };
  }

  /** Replaces the whole week of every given store; a store with an unchanged week is not written. */
  replaceBusinessHours(weeks: ReadonlyMap<number, readonly BusinessHours[]>): Promise<CalendarChange> {
    return this.change(
      weeks,
      (before, week) => {
        const known = new Set(before.weekly.map(hoursKey));
        const weekly = distinct(week);
        const accepted = weekly.filter((hours) => !known.has(hoursKey(hours))).length;
        return { after: { ...before, weekly }, rows: week.length, accepted };
      },
      (client, changed) => writeWeeks(client, changed),
    );
  }

  /** Replaces the openings of every given store and date; other dates stay. */
  setSpecialHours(stores: ReadonlyMap<number, SpecialDays>): Promise<CalendarChange> {
    const written: SpecialDay[] = [];
    return this.change(
      stores,
      (before, days, id) => {
        const special = new Map(before.special);
        let [rows, accepted] = [0, 0];
        for (const [date, given] of days) {
          const hours = given && distinct(given);
          const count = Math.max(1, hours?.length ?? 0); // a closed date counts as one row
          rows += count;
          const known = special.get(date);
          if (known && hours ? sameHours(known, hours) : !known && !hours) continue;
          accepted += count;
          written.push({ id, date, hours });
          if (hours) special.set(date, hours);
          else special.delete(date);
        }
        return { after: { ...before, special }, rows, accepted };
      },
      (client) => writeSpecialDays(client, written),
    );
  }

  /** Sets the first and last date of every given store. */
  setLives(lives: ReadonlyMap<number, StoreLife>): Promise<CalendarChange> {
    return this.change(
      lives,
      (before, { openedOn, closedOn }) => {
        const isSame = openedOn === before.openedOn && closedOn === before.closedOn;
        return { after: { ...before, openedOn, closedOn }, rows: 1, accepted: isSame ? 0 : 1 };
      },
      (client, changed) => writeLives(client, changed),
    );
  }

  /** Sets the zone of every given store; null removes it, so that DEFAULT_ZONE is used. */
  async setTimezones(zones: ReadonlyMap<number, string | null>): Promise<CalendarChange> {
    let accepted = 0;
    await this.change(
      zones,
      (before, zone) => ({ after: { ...before, zone: zone ?? DEFAULT_ZONE }, rows: 1, accepted: 0 }),
      async (client) => {
        // a calendar cannot distinguish a store set to the default zone from one without a zone
        const ids = [...zones.keys()];
        const { rows } = await client.query(
          `update store set timezone = zones.timezone
           from unnest($1::integer[], $2::text[]) as zones (store_id, timezone)
           where store.id = zones.store_id and store.timezone is distinct from zones.timezone
           returning store.id`,
          [ids, [...zones.values()]],
        );
        accepted = rows.length;
        await checkStillVisible(client, ids);
      },
    );
    return { accepted, duplicate: zones.size - accepted };
  }

  /** Serialises changes, so that the calendar read is the calendar changed. */
  private change<Change>(
    changes: ReadonlyMap<number, Change>,
    apply: (before: Calendar, change: Change, id: number) => Applied,
    write: (client: PoolClient, after: ReadonlyMap<number, Calendar>) => Promise<void>,
  ): Promise<CalendarChange> {
    return inTransaction(this.pool, async (client) => {
      await client.query('select pg_advisory_xact_lock($1)', [Lock.calendars]);
      const calendars = await readCalendars(client, [...changes.keys()]);
      const changed = new Map<number, Calendar>();
      const invalidated: { storeId: number; fromMs: number; toMs: number }[] = [];
      let [rows, accepted] = [0, 0];
      for (const [id, change] of changes) {
        const before = calendars.get(id)!;
        const applied = apply(before, change, id);
        rows += applied.rows;
        accepted += applied.accepted;
        const touched = touchedTime(before, applied.after, this.settings.pollValidForMs);
        if (touched.length > 0 || applied.accepted > 0) changed.set(id, applied.after);
        for (const { startMs, endMs } of touched) invalidated.push({ storeId: id, fromMs: startMs, toMs: endMs });
      }
      await write(client, changed);
      if (changed.size > 0) await renewVersion(client);
      await invalidate(client, invalidated);
      return { accepted, duplicate: rows - accepted };
    });
  }
}

/** Removes duplicate hours. */
const distinct = <Hours extends LocalHours>(hours: readonly Hours[]): Hours[] => [
  ...new Map(hours.map((row) => [hoursKey(row), row])).values(),
];
