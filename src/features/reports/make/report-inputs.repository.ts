import { Injectable } from '@nestjs/common';
import { Pool, type PoolClient } from 'pg';
import type { Calendar } from '#libs/calendar/calendar.js';
import { ceilToDay, floorToDay, floorToHour } from '#libs/instant/instant.js';
import type { Interval } from '#libs/intervals/intervals.js';
import type { Window } from '#libs/uptime/windows.js';
import { isDistributed } from '../../../platform/database/distribution.js';
import { retentionHorizon } from '../../../platform/database/retention-horizon.js';
import { ALL_STORES, type StoreSet } from '../../../platform/database/store-set.js';
import { inSnapshot } from '../../../platform/database/transaction.js';
import type { PollsByKey } from '../../polls/gathered-polls.js';
import { readPollsAndLastBefore } from '../../polls/polls-reader.js';
import { RollupsService } from '../../rollups/rollups.service.js';
import { TimezonesService } from '../../timezones/timezones.service.js';
import { checkWindows } from '../request/report-options.js';
import { RolledSums, noSums, readSumsInto, segmentsOf, sumHours } from './rolled-sums.js';

export interface ReportStore {
  readonly id: number;
  readonly storeId: string;
}

/** The data that a report is computed from, at one moment. Keys are database ids. */
export interface ReportInputs {
  /** In report order. */
  readonly stores: readonly ReportStore[];
  /** For each window, the sums of its rollups. */
  readonly rolled: readonly RolledSums[];
  /** Polls at the windows' edges, as StoreEdges expects them. */
  readonly edges: PollsByKey;
  /** Stores whose rollups are not current. */
  readonly stale: ReadonlySet<number>;
  readonly calendars: ReadonlyMap<number, Calendar>;
  /**
   * All polls of some stores in the time that the windows span, and the last poll before it. Too many to hold for all
   * stores at once.
   */
  polls(ids: readonly number[]): Promise<PollsByKey>;
}

/** Reads a report's inputs in one snapshot. */
@Injectable()
export class ReportInputsRepository {
  constructor(
    private readonly pool: Pool,
    private readonly rollups: RollupsService,
    private readonly timezones: TimezonesService,
  ) {}

  /**
   * @param use runs while the snapshot is open
   * @param storeIds only these; undefined: every store
   */
  read<T>(
    windows: readonly Window[],
    use: (inputs: ReportInputs) => Promise<T>,
    storeIds?: readonly string[],
  ): Promise<T> {
    return inSnapshot(this.pool, async (client) => {
      const stores = await readStores(client, storeIds);
      const ids = storeIds && stores.map(({ id }) => id);
      const of = ids ?? ALL_STORES;
      const sealedToMs = await this.rollups.sealedToMs(client);
      const positions = new Map(stores.map(({ id }, position) => [id, position]));
      const rolled = windows.map(({ startMs, endMs }) => {
        const hours = { startMs: floorToHour(startMs), endMs: Math.min(sealedToMs, floorToHour(endMs)) };
        return new RolledSums(positions, hours);
      });
      const fromMs = Math.min(...windows.map(({ startMs }) => startMs));
      checkWindows(windows, (await retentionHorizon(client)).pollsMs);
      const lastRolledMs = Math.max(...rolled.map(({ hours }) => hours.endMs));
      const stale = await this.rollups.staleStores(client, fromMs, lastRolledMs, of);
      await readSums(client, this.rollups, rolled, of);
      const edges = await this.rollups.edges(client, edgesOf(windows, rolled), of);
      if (await isDistributed(client, 'rollup_due')) {
        // On Citus every query has its own snapshot: stores that changed since the first query are computed from polls.
        for (const id of await this.rollups.staleStores(client, fromMs, lastRolledMs, of)) stale.add(id);
      }
      const toMs = Math.max(...windows.map(({ endMs }) => endMs));
      const calendars = await this.timezones.calendars(client, of);
      const polls = (storeBatch: readonly number[]): Promise<PollsByKey> =>
        readPollsAndLastBefore(client, { startMs: fromMs, endMs: toMs }, storeBatch);
      return use({ stores, rolled, edges, stale, calendars, polls });
    });
  }
}

async function readStores(client: PoolClient, storeIds: readonly string[] | undefined): Promise<ReportStore[]> {
  const { rows } = await client.query(
    `select id, external_id as "storeId" from store
     where $1::text[] is null or external_id = any($1::text[]) order by external_id`,
    [storeIds ?? null],
  );
  return rows;
}

/** Whole days are read as sums; only the hours outside them are read one by one. */
async function readSums(
  client: PoolClient,
  rollups: RollupsService,
  rolled: readonly RolledSums[],
  stores: StoreSet,
): Promise<void> {
  const parts = rolled.map(({ hours: { startMs, endMs } }, window) => {
    const firstDayMs = Math.min(ceilToDay(startMs), endMs);
    const endDayMs = Math.max(floorToDay(endMs), firstDayMs);
    return {
      days: { window, startMs: firstDayMs, endMs: endDayMs },
      hours: [
        { window, startMs, endMs: firstDayMs },
        { window, startMs: endDayMs, endMs },
      ],
    };
  });
  const sums = noSums();
  for (const { startMs, endMs, windows } of segmentsOf(parts.map((part) => part.days))) {
    await rollups.readSums(client, startMs, endMs, stores, (storeId, row) => {
      readSumsInto(sums, row);
      for (const window of windows) rolled[window].add(storeId, sums);
    });
  }
  const hours = parts.flatMap((part) => part.hours).filter(({ startMs, endMs }) => startMs < endMs);
  const beside = [...new Set(hours.map(({ startMs }) => floorToDay(startMs)))].sort((a, b) => a - b);
  await rollups.readHours(client, beside, stores, (storeId, day) => {
    for (const { window, startMs, endMs } of hours) {
      if (sumHours(sums, day, startMs, endMs)) rolled[window].add(storeId, sums);
    }
  });
}

/**
 * The parts of windows' first hours that are cut off, and the time since the last hour rolled up; none before anything
 * is sealed.
 */
const edgesOf = (windows: readonly Window[], rolled: readonly RolledSums[]): Interval[] =>
  windows
    .flatMap(({ startMs, endMs }, window) => {
      const { hours } = rolled[window];
      const end = { startMs: hours.endMs, endMs };
      return startMs < hours.endMs ? [{ startMs: hours.startMs, endMs: startMs }, end] : [end];
    })
    .filter(({ startMs }) => startMs > -Infinity);
