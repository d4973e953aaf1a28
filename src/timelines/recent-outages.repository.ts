import type { Pool, PoolClient } from 'pg';
import type { Calendar } from '#libs/calendar/calendar.js';
import { DAY_MS, formatInstant } from '#libs/instant/instant.js';
import { inSnapshot } from '../database/transaction.js';
import { epochMs } from '../database/sql.js';
import type { PollsByKey } from '../rollups/gathered-polls.js';
import { readColumns, readFromPolls, readFromRollups, rowsReadTo } from '../rollups/polls-with-carried.js';
import type { RollupsService } from '../rollups/rollups.service.js';
import { ALL_STORES } from '../timezones/calendar-rows.js';
import type { TimezonesService } from '../timezones/timezones.service.js';

/** A run of inactive polls of a store. */
export interface Run {
  readonly id: number;
  /** Its first poll. */
  readonly firstPollMs: number;
}

/** How far back a run's beginning is looked for at first, and then at once: most stores are active within a day. */
const FIRST_LOOK_MS = DAY_MS;
const LOOK_MS = 7 * DAY_MS;

/** Reads what there is of all stores. Keys are database ids. */
export class RecentOutagesRepository {
  constructor(
    private readonly pool: Pool,
    private readonly rollups: RollupsService,
    private readonly timezones: TimezonesService,
  ) {}

  inSnapshot<T>(read: (client: PoolClient) => Promise<T>): Promise<T> {
    return inSnapshot(this.pool, read);
  }

  calendars(client: PoolClient): Promise<Map<number, Calendar>> {
    return this.timezones.calendars(client, ALL_STORES);
  }

  /**
   * Every store's polls of `[startMs, toMs)`, and the last one before it.
   * @param fromMs on the hour; startMs is that, or earlier where hours are not sealed so far
   */
  async polls(client: PoolClient, fromMs: number, toMs: number): Promise<{ startMs: number; polls: PollsByKey }> {
    const sealedToMs = await this.rollups.sealedToMs(client);
    const startMs = sealedToMs === -Infinity ? fromMs : Math.min(fromMs, sealedToMs);
    const time = { startMs, endMs: toMs };
    const staleIds = await this.rollups.staleStores(client, startMs, rowsReadTo([time], sealedToMs));
    const stale = await readFromPolls(client, startMs, toMs, staleIds);
    if (sealedToMs === -Infinity) return { startMs, polls: stale };
    const current = await readFromRollups(client, [time], sealedToMs);
    return { startMs, polls: new Map([...current, ...stale]) };
  }

  /** For stores that are inactive at `beforeMs`: the first poll of the run of inactive polls that is in force there. */
  async runStarts(client: PoolClient, ids: readonly number[], beforeMs: number): Promise<Map<number, number>> {
    const starts = new Map<number, number>();
    const { rows: extent } = await client.query(`select ${epochMs('min(earliest)')} as earliest from poll_extent`);
    const earliestMs: number = extent[0].earliest ?? beforeMs;
    let remaining = [...ids];
    for (let toMs = beforeMs, look = FIRST_LOOK_MS; remaining.length > 0 && toMs > earliestMs; look = LOOK_MS) {
      const { rows } = await client.query(
        `select store_id as id, active_at is not null as is_found,
           ${epochMs('min(polled_at) filter (where active_at is null or polled_at > active_at)')} as first
         from (
           select store_id, polled_at, max(polled_at) filter (where active) over (partition by store_id) as active_at
           from status_poll where store_id = any($1::integer[]) and polled_at >= $2 and polled_at < $3) as looked
         group by store_id, active_at`,
        [remaining, formatInstant(toMs - look), formatInstant(toMs)],
      );
      const found = new Set<number>();
      for (const row of rows) {
        if (row.first !== null) starts.set(row.id, row.first);
        if (row.is_found) found.add(row.id);
      }
      remaining = remaining.filter((id) => !found.has(id));
      toMs -= look;
    }
    return starts;
  }

  /** For each run, by its place in the list: the polls of its store from its first one on. */
  pollsOfRuns(client: PoolClient, runs: readonly Run[], toMs: number): Promise<PollsByKey> {
    const values = runs.map(
      ({ id, firstPollMs }, place) => `(${place},${id},timestamptz '${formatInstant(firstPollMs)}')`,
    );
    const earliest = formatInstant(Math.min(...runs.map(({ firstPollMs }) => firstPollMs)));
    return readColumns(
      client,
      `with runs (place, store_id, from_at) as (values ${values.join(',')})
       select place, polled_at, active
       from runs join status_poll on status_poll.store_id = runs.store_id and polled_at >= from_at
       where polled_at >= '${earliest}' and polled_at < '${formatInstant(toMs)}'
       order by 1, 2`,
    );
  }

  async storeIds(client: PoolClient, ids: readonly number[]): Promise<Map<number, string>> {
    const { rows } = await client.query('select id, external_id from store where id = any($1::integer[])', [ids]);
    return new Map(rows.map((row) => [row.id as number, row.external_id as string]));
  }
}
