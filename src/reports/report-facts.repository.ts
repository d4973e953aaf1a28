import type { Pool, PoolClient } from 'pg';
import type { Calendar } from '#libs/calendar/calendar.js';
import { floorToHour, formatInstant } from '#libs/instant/instant.js';
import type { Interval } from '#libs/intervals/intervals.js';
import type { Window } from '#libs/uptime/windows.js';
import { readBinary } from '../database/binary-copy.js';
import { inSnapshot } from '../database/transaction.js';
import { type PollsOfStores, onlyThese, readFromPolls, readFromRollups } from '../rollups/polls-with-carried.js';
import type { RollupsService } from '../rollups/rollups.service.js';
import { ALL_STORES } from '../timezones/calendar-rows.js';
import type { TimezonesService } from '../timezones/timezones.service.js';
import { WindowSums } from './window-sums.js';

/** What the database says of stores at one moment, as far as a report needs it. Keys are database ids. */
export interface ReportFacts {
  /** In the order of the report. */
  readonly stores: readonly { readonly id: number; readonly storeId: string }[];
  readonly calendars: ReadonlyMap<number, Calendar>;
  /** For each window, the sums of its rollups. */
  readonly rolled: readonly WindowSums[];
  /** Polls at the windows' edges, as StoreEdges wants them. */
  readonly edges: PollsOfStores;
  /** Stores whose rollups are not current: all their polls of the time that the windows span, and the one before it. */
  readonly stale: PollsOfStores;
}

/** Reads what a report is made from, in one snapshot. */
export class ReportFactsRepository {
  constructor(
    private readonly pool: Pool,
    private readonly rollups: RollupsService,
    private readonly timezones: TimezonesService,
  ) {}

  /** @param storeIds only these; undefined: every store */
  read(windows: readonly Window[], storeIds?: readonly string[]): Promise<ReportFacts> {
    return inSnapshot(this.pool, async (client) => {
      const stores = await readStores(client, storeIds);
      const ids = storeIds && stores.map(({ id }) => id);
      const sealedToMs = await this.rollups.sealedToMs(client);
      const positions = new Map(stores.map(({ id }, position) => [id, position]));
      const rolled = windows.map(
        ({ startMs, endMs }) =>
          new WindowSums(positions, floorToHour(startMs), Math.min(sealedToMs, floorToHour(endMs))),
      );
      const lastRolledMs = Math.max(...rolled.map(({ rolledToMs }) => rolledToMs));
      const staleIds = await this.rollups.staleStores(client, lastRolledMs, ids);
      for (const sums of rolled) await readSums(client, sums, ids);
      return {
        stores,
        calendars: await this.timezones.calendars(client, ids ?? ALL_STORES),
        rolled,
        edges: await readFromRollups(client, edgesOf(windows, rolled), ids),
        stale: await readFromPolls(
          client,
          Math.min(...windows.map(({ startMs }) => startMs)),
          Math.max(...windows.map(({ endMs }) => endMs)),
          staleIds,
        ),
      };
    });
  }
}

async function readStores(
  client: PoolClient,
  storeIds: readonly string[] | undefined,
): Promise<{ id: number; storeId: string }[]> {
  const { rows } = await client.query(
    `select id, external_id as "storeId" from store
     where $1::text[] is null or external_id = any($1::text[]) order by external_id`,
    [storeIds ?? null],
  );
  return rows;
}

async function readSums(client: PoolClient, sums: WindowSums, ids: readonly number[] | undefined): Promise<void> {
  if (sums.firstHourMs >= sums.rolledToMs) return;
  await readBinary(
    client,
    `select store_id, sum(open_ms)::float8, sum(up_ms)::float8, sum(down_ms)::float8, sum(carried_up_ms)::float8,
       sum(carried_down_ms)::float8, sum(polls)::float8, count(*)::float8
     from uptime_hour
     where hour >= '${formatInstant(sums.firstHourMs)}' and hour < '${formatInstant(sums.rolledToMs)}' ${onlyThese(ids)}
     group by store_id`,
    (row) => sums.add(row.int32(), row),
  );
}

/** What the windows cut off their first hours, and what has come since the last rolled up; nothing before they are sealed. */
const edgesOf = (windows: readonly Window[], rolled: readonly WindowSums[]): Interval[] =>
  windows
    .flatMap(({ startMs, endMs }, window) => {
      const { firstHourMs, rolledToMs } = rolled[window];
      const end = { startMs: rolledToMs, endMs };
      return startMs < rolledToMs ? [{ startMs: firstHourMs, endMs: startMs }, end] : [end];
    })
    .filter(({ startMs }) => startMs > -Infinity);
