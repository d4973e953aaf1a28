import type { PoolClient } from 'pg';
import type { Calendar } from '#libs/calendar/calendar.js';
import { ceilToDay, floorToDay, floorToHour } from '#libs/instant/instant.js';
import type { Interval } from '#libs/intervals/intervals.js';
import type { Window } from '#libs/uptime/windows.js';
import { isDistributed } from '../../../platform/database/distribution.js';
import { retentionHorizon } from '../../../platform/database/retention-horizon.js';
import { ALL_STORES, type StoreSet } from '../../../platform/database/store-set.js';
import type { PollsByKey } from '../../polls/gathered-polls.js';
import { readPollsAndLastBefore } from '../../polls/polls-reader.js';
import type { RollupsService } from '../../rollups/rollups.service.js';
import type { NameAndTags } from '../../timezones/names-and-tags.js';
import { readNames } from '../../timezones/names.repository.js';
import type { TimezonesService } from '../../timezones/timezones.service.js';
import { checkWindows } from '../request/report-options.js';
import { RolledSums, noSums, readSumsInto, segmentsOf, sumHours } from './rolled-sums.js';

export interface ReportStore {
  readonly id: number;
  readonly storeId: string;
}

/** The data that a report is computed from, at one moment. Keys are database ids. */
export interface ReportInputs {
  /** In the order of the figures. */
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
  /** The names and tags of all these stores. */
  names(): Promise<Map<number, NameAndTags>>;
}

/** Reads inputs in the transaction of `client`. */
export class InputsSnapshot {
  private readonly fromMs: number;
  private readonly toMs: number;
  /** For each window, its whole hours up to the watermark. */
  private readonly rolledHours: readonly Interval[];
  private stale: ReadonlySet<number> = new Set();

  private constructor(
    readonly client: PoolClient,
    private readonly windows: readonly Window[],
    sealedToMs: number,
    private readonly rollups: RollupsService,
    private readonly timezones: TimezonesService,
  ) {
    this.fromMs = Math.min(...windows.map(({ startMs }) => startMs));
    this.toMs = Math.max(...windows.map(({ endMs }) => endMs));
    this.rolledHours = windows.map(({ startMs, endMs }) => ({
      startMs: floorToHour(startMs),
      endMs: Math.min(sealedToMs, floorToHour(endMs)),
    }));
  }

  /** @param stores those that will be read */
  static async open(
    client: PoolClient,
    windows: readonly Window[],
    rollups: RollupsService,
    timezones: TimezonesService,
    stores: StoreSet = ALL_STORES,
  ): Promise<InputsSnapshot> {
    const snapshot = new InputsSnapshot(client, windows, await rollups.sealedToMs(client), rollups, timezones);
    checkWindows(windows, (await retentionHorizon(client)).pollsMs);
    snapshot.stale = await snapshot.staleStores(stores);
    return snapshot;
  }

  /** @param set the same stores, for queries */
  async inputs(stores: readonly ReportStore[], set: StoreSet): Promise<ReportInputs> {
    const { client, rollups, fromMs, toMs } = this;
    const positions = new Map(stores.map(({ id }, position) => [id, position]));
    const rolled = this.rolledHours.map((hours) => new RolledSums(positions, hours));
    await readSums(client, rollups, rolled, set);
    const edges = await rollups.edges(client, edgesOf(this.windows, rolled), set);
    let { stale } = this;
    if (await isDistributed(client, 'rollup_due')) {
      // On Citus every query has its own snapshot: stores that changed since the first query are computed from polls.
      stale = new Set([...stale, ...(await this.staleStores(set))]);
    }
    const calendars = await this.timezones.calendars(client, set);
    const polls = (storeBatch: readonly number[]): Promise<PollsByKey> =>
      readPollsAndLastBefore(client, { startMs: fromMs, endMs: toMs }, storeBatch);
    return { stores, rolled, edges, stale, calendars, polls, names: () => readNames(client, set) };
  }

  private staleStores(stores: StoreSet): Promise<Set<number>> {
    const lastRolledMs = Math.max(...this.rolledHours.map(({ endMs }) => endMs));
    return this.rollups.staleStores(this.client, this.fromMs, lastRolledMs, stores);
  }
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
