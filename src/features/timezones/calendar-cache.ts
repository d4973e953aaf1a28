import type { PoolClient } from 'pg';
import type { Calendar } from '#libs/calendar/calendar.js';
import type { StoreRange } from '../../platform/database/store-set.js';
import { readCalendars } from './calendar-rows.js';

/** Some 270 bytes each. Of more stores, those that were read first are kept. */
const MAX_KEPT = 50_000;

interface RetentionHorizon {
  readonly version: string;
  readonly calendars: Map<number, Calendar>;
}

/**
 * Calendars that were read before, as long as not one has changed since: rollups need all of them every hour, and reports with
 * every run. Whether one has, calendar_state says in the same transaction; an older snapshot, which sees another version, gets
 * what it sees. Reading 14,000 calendars took a third of an hourly roll-up.
 */
export class CalendarCache {
  private kept: RetentionHorizon = { version: '', calendars: new Map() };

  /** The calendars of a range of stores, by id, as `client`'s transaction sees them. */
  async read(client: PoolClient, range: StoreRange): Promise<Map<number, Calendar>> {
    const version = await versionOf(client);
    const { calendars } = this.kept.version === version ? this.kept : { calendars: undefined };
    // A new store changes no version.
    const ids = await idsOf(client, range);
    const missing = ids.filter((id) => !calendars?.has(id));
    const read = missing.length === 0 ? undefined : await readCalendars(client, enclosing(missing, ids, range));
    // Read one statement after the other: a change in between would be part of what was read, and not of the version.
    if (read && (await versionOf(client)) === version) this.keep(version, read);
    const result = new Map<number, Calendar>();
    for (const id of ids) result.set(id, read?.get(id) ?? calendars!.get(id)!);
    return result;
  }

  private keep(version: string, read: ReadonlyMap<number, Calendar>): void {
    if (this.kept.version !== version) this.kept = { version, calendars: new Map() };
    const { calendars } = this.kept;
    for (const [id, calendar] of read) if (calendars.size < MAX_KEPT || calendars.has(id)) calendars.set(id, calendar);
  }
}

/** A few by themselves; many with all of the range, which is one walk along the keys. */
const enclosing = (
  missing: readonly number[],
  ids: readonly number[],
  range: StoreRange,
): readonly number[] | StoreRange => (missing.length * 2 > ids.length ? range : missing);

async function versionOf(client: PoolClient): Promise<string> {
  const { rows } = await client.query('select version from calendar_state');
  return rows[0].version as string;
}

async function idsOf(client: PoolClient, { firstId, endId }: StoreRange): Promise<number[]> {
  const { rows } = await client.query({
    text: 'select id from store where id >= $1 and id < $2 order by id',
    values: [firstId, endId],
    rowMode: 'array',
  });
  return (rows as unknown as [number][]).map(([id]) => id);
}

/** To be called in the transaction of every change. */
export async function renewVersion(client: PoolClient): Promise<void> {
  await client.query('update calendar_state set version = gen_random_uuid()');
}
