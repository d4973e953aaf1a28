import type { PoolClient } from 'pg';
import type { Calendar } from '#libs/calendar/calendar.js';
import { type StoreSet, storeCondition } from '../../platform/database/store-set.js';
import { readCalendars } from './calendar-rows.js';

/** About 270 bytes each. When the cache is full, new stores are not added. */
const MAX_CACHED = 50_000;

interface CachedCalendars {
  readonly version: string;
  readonly calendars: Map<number, Calendar>;
}

/**
 * Caches calendars until any of them changes: roll-ups need all of them every hour, and reports on every run. Each read
 * checks the version in calendar_state in its own transaction, so an older snapshot, which sees another version, gets
 * the calendars it sees. Reading 14,000 calendars took a third of an hourly roll-up.
 */
export class CalendarCache {
  private cached: CachedCalendars = { version: '', calendars: new Map() };

  /** The calendars of stores, by id, as seen by `client`'s transaction. */
  async read(client: PoolClient, stores: StoreSet): Promise<Map<number, Calendar>> {
    const version = await versionOf(client);
    const { calendars } = this.cached.version === version ? this.cached : { calendars: undefined };
    // Adding a store does not change the version.
    const ids = await idsOf(client, stores);
    const missing = ids.filter((id) => !calendars?.has(id));
    const read = missing.length === 0 ? undefined : await readCalendars(client, enclosing(missing, ids, stores));
    // The statements are not atomic: a change between them would be in the calendars but not in the version.
    if (read && (await versionOf(client)) === version) this.keep(version, read);
    const result = new Map<number, Calendar>();
    for (const id of ids) result.set(id, read?.get(id) ?? calendars!.get(id)!);
    return result;
  }

  private keep(version: string, read: ReadonlyMap<number, Calendar>): void {
    if (this.cached.version !== version) this.cached = { version, calendars: new Map() };
    const { calendars } = this.cached;
    for (const [id, calendar] of read)
      if (calendars.size < MAX_CACHED || calendars.has(id)) calendars.set(id, calendar);
  }
}

/** Few missing ids are read one by one; many with all the others, which of a range is one scan along the key. */
const enclosing = (missing: readonly number[], ids: readonly number[], stores: StoreSet): StoreSet =>
  missing.length * 2 > ids.length ? stores : missing;

async function versionOf(client: PoolClient): Promise<string> {
  const { rows } = await client.query('select version from calendar_state');
  return rows[0].version as string;
}

async function idsOf(client: PoolClient, stores: StoreSet): Promise<number[]> {
  const { rows } = await client.query({
    text: `select id from store where ${storeCondition('id', stores)} order by id`,
    rowMode: 'array',
  });
  return (rows as unknown as [number][]).map(([id]) => id);
}

/** Call in the transaction of every calendar change. */
export async function renewVersion(client: PoolClient): Promise<void> {
  await client.query('update calendar_state set version = gen_random_uuid()');
}
