import { setImmediate as nextTurn } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import type { Pool, PoolClient } from 'pg';
import { type Calendar, openIntervals } from '#libs/calendar/calendar.js';
import { DAY_MS, floorToDay, floorToHour } from '#libs/instant/instant.js';
import { type Interval, unite } from '#libs/intervals/intervals.js';
import { observation } from '#libs/store-day/poll-day.js';
import { HourColumns, type HourRows, computeHourRows } from '#libs/uptime/hour-rows.js';
import type { PollColumns } from '#libs/uptime/segments.js';
import { Settings } from '../../platform/config/settings.js';
import { Database } from '../../platform/database/database.js';
import { type BlockLayout, checkLayout, readBlockLayout } from '../../platform/database/block-layout.js';
import { ensurePartitions, weeksBetween } from '../../platform/database/partitions.js';
import { limitLockWait, unlessLocked } from '../../platform/database/sql.js';
import { ALL_STORES, type StoreSet } from '../../platform/database/store-set.js';
import { despiteDeadlocks, inTransaction } from '../../platform/database/transaction.js';
import { PollsService } from '../polls/polls.service.js';
import { lockDays } from '../polls/block-locks.js';
import { foldHead, prepareFold } from '../polls/fold.js';
import type { PollsByKey } from '../polls/gathered-polls.js';
import { nextPollDays } from '../polls/poll-days.js';
import { lastBefore, readEdges, readPollsOf } from '../polls/polls-reader.js';
import { TimezonesService } from '../timezones/timezones.service.js';
import { type Backlog, RollupsRepository } from './rollups.repository.js';
import { concurrently } from './concurrently.js';
import { type StoreDays, daysToCompute, extentOf, isBand, slices, united } from './store-days.js';
import { type StoreRows, UptimeDaysRepository } from './uptime-days.repository.js';

/**
 * How long a run waits for blocks locked by another run. Readers compute whatever is still not current from polls, so a
 * hanging process blocks nobody.
 */
const OTHERS_SECONDS = 60;

/** Stores computed between two yields to the event loop: about 2 ms. */
const STORES_PER_TURN = 20;

/** The outcome of a run. */
export interface RollupRun {
  readonly blocks: number;
  /** Hours written. */
  readonly rows: number;
}

/** Keeps uptime_day consistent with the polls and calendars. */
@Injectable()
export class RollupsService {
  private readonly pool: Pool;

  constructor(
    database: Database,
    private readonly rollups: RollupsRepository,
    private readonly uptime: UptimeDaysRepository,
    private readonly polls: PollsService,
    private readonly timezones: TimezonesService,
    private readonly settings: Settings,
  ) {
    this.pool = database.pool;
  }

  /**
   * Computes every missing or invalidated hour up to the hour of the latest poll. Safe to repeat and to run
   * concurrently: blocks of stores are locked one by one, and a second run finds nothing left to do.
   * @param stop aborted: stops after the running blocks @throws its reason
   */
  async bringUpToDate(
    onProgress: (blocksDone: number, blocks: number) => void = () => {},
    stop?: AbortSignal,
  ): Promise<RollupRun> {
    const extent = await this.polls.extent();
    if (!extent) return { blocks: 0, rows: 0 };
    await this.rollups.foldExtent();
    await this.rollups.seal(floorToHour(extent.latestMs), this.settings.pollValidForMs);
    const layout = await readBlockLayout(this.pool);
    await this.rollups.addBlocks(layout);
    const run = { blocks: 0, rows: 0 };
    // Blocks left after the first round are locked by other runs: wait for them.
    for (const wait of [false, true]) {
      const blocks = await this.rollups.blocksToRoll(layout);
      if (blocks.length > 0) await this.createPartitions();
      let done = 0;
      let mayWait = wait;
      await concurrently(blocks, async (block) => {
        if (stop?.aborted) return;
        const rows = await this.rollBlock(block, layout, mayWait);
        if (rows === undefined) mayWait = false; // the run that holds one block may hold them all
        else run.blocks++;
        run.rows += rows ?? 0;
        onProgress(++done, blocks.length);
      });
      stop?.throwIfAborted();
    }
    return run;
  }

  /** The remaining work; cheap to query. */
  backlog(): Promise<Backlog> {
    return this.rollups.backlog();
  }

  /**
   * The watermark as seen by `client`'s transaction: -Infinity when nothing is sealed, or when the rollups were
   * computed with a different POLL_VALID_FOR.
   */
  async sealedToMs(client: Pool | PoolClient): Promise<number> {
    const { sealedToMs, pollValidForMs } = await this.rollups.state(client);
    return pollValidForMs === this.settings.pollValidForMs ? (sealedToMs ?? -Infinity) : -Infinity;
  }

  /**
   * The stores whose rollups of `[fromMs, toMs)` are missing or not current, as seen by `client`'s transaction.
   */
  staleStores(client: PoolClient, fromMs: number, toMs: number, stores: StoreSet = ALL_STORES): Promise<Set<number>> {
    return this.rollups.staleStores(client, fromMs, toMs, stores);
  }

  /** See UptimeDaysRepository. */
  readSums(...of: Parameters<UptimeDaysRepository['readSums']>): Promise<void> {
    return this.uptime.readSums(...of);
  }

  /** See UptimeDaysRepository. */
  readHours(...of: Parameters<UptimeDaysRepository['readHours']>): Promise<void> {
    return this.uptime.readHours(...of);
  }

  /**
   * Each store's polls in some time ranges, and the last one before each, for stores whose rollups are current.
   * @param times each starts on an hour, at or before the watermark
   */
  async edges(client: PoolClient, times: readonly Interval[], stores: StoreSet = ALL_STORES): Promise<PollsByKey> {
    const inOrder = unite(times);
    const days = [...new Set(inOrder.map(({ startMs }) => floorToDay(startMs)))];
    return readEdges(client, inOrder, await this.uptime.carriedInto(client, days, stores), stores);
  }

  /**
   * Creates the partitions that the blocks are likely to need, before they lock rows: on Citus, transactions that create
   * partitions in the middle of their work deadlock.
   */
  private async createPartitions(): Promise<void> {
    const { sealedToMs, hoursFromMs } = await this.rollups.state(this.pool);
    const firstMs = Math.max(await this.rollups.firstHourMs(this.pool), hoursFromMs);
    if (sealedToMs === null || firstMs >= sealedToMs) return;
    await inTransaction(this.pool, async (client) => {
      await ensurePartitions(client, 'uptime_day', weeksBetween(firstMs, sealedToMs));
      await prepareFold(client, sealedToMs);
    });
  }

  /**
   * Rolls up one block in one transaction. @returns hours written; undefined when another run holds the block, for too
   * long if told to wait
   */
  private rollBlock(block: number, layout: BlockLayout, wait: boolean): Promise<number | undefined> {
    const stores = layout.storesOf(block);
    const rolling = despiteDeadlocks(this.pool, async (client) => {
      await limitLockWait(client, OTHERS_SECONDS);
      const locked = await this.rollups.lockBlock(client, block, wait);
      if (!locked) return undefined;
      const { sealedToMs, hoursFromMs: horizonMs, blockLayout } = await this.rollups.state(client);
      checkLayout(layout, blockLayout);
      if (sealedToMs === null) return 0;
      const invalid = await this.rollups.takeInvalid(client, stores);
      await lockDays(client, block);
      await foldHead(client, stores, sealedToMs);
      const calendars = await this.timezones.calendars(client, stores);
      const firstDayMs = floorToDay(Math.max(await this.rollups.firstHourMs(client), horizonMs));
      let days = daysToCompute([...calendars.keys()], locked.rolledToMs, sealedToMs, firstDayMs, horizonMs, invalid);
      await this.carryIntoFirst(client, days, horizonMs);
      let hours = 0;
      while (days.length > 0) {
        const changed: StoreDays[] = [];
        const ends = new Set(days.map(endOf));
        for (const slice of slices(days, layout)) {
          const written = await this.rollSlice(client, slice, layout, calendars, sealedToMs);
          hours += written.hours;
          // the other slice ends are followed by days that are computed anyway
          changed.push(...written.changedEnds.filter((own) => ends.has(endOf(own))));
        }
        days = await untilNextPoll(client, changed, sealedToMs);
      }
      if (locked.rolledToMs === null || locked.rolledToMs < sealedToMs) {
        await this.rollups.setRolledTo(client, block, sealedToMs);
      }
      return hours;
    });
    return unlessLocked(rolling, undefined);
  }

  /**
   * Before the retention horizon only the last day has a row: it holds the carried observation, which is read again
   * from the polls.
   */
  private async carryIntoFirst(client: PoolClient, days: readonly StoreDays[], horizonMs: number): Promise<void> {
    const ids = days.filter(({ fromMs }) => fromMs === horizonMs).map(({ storeId }) => storeId);
    if (ids.length === 0) return;
    await ensurePartitions(client, 'uptime_day', [horizonMs - DAY_MS]);
    await this.uptime.replaceCarried(client, horizonMs - DAY_MS, await lastBefore(client, horizonMs, ids));
  }

  /** @returns changedEnds: the days whose carried-out observation changed */
  private async rollSlice(
    client: PoolClient,
    days: readonly StoreDays[],
    layout: BlockLayout,
    calendars: ReadonlyMap<number, Calendar>,
    sealedToMs: number,
  ): Promise<{ hours: number; changedEnds: StoreDays[] }> {
    const { fromMs, toMs } = extentOf(days);
    await ensurePartitions(client, 'uptime_day', [fromMs, toMs - DAY_MS]);
    const ending = days.filter((own) => own.toMs < sealedToMs);
    const before = await this.uptime.carriedIntoEach(
      client,
      ending.map(({ storeId, toMs: dayMs }) => ({ storeId, dayMs })),
    );
    const polls = await this.inputs(client, days, layout);
    const after = new Map<string, number>();
    const computed = this.compute(days, polls, calendars, sealedToMs, (own, rows) => {
      after.set(endOf(own), carriedOut(rows));
    });
    const hours = await this.uptime.replace(client, days, computed);
    const changedEnds = ending.filter((own, index) => !Object.is(after.get(endOf(own)) ?? NaN, before[index]));
    return { hours, changedEnds };
  }

  private async *compute(
    days: readonly StoreDays[],
    polls: (index: number) => PollColumns | undefined,
    calendars: ReadonlyMap<number, Calendar>,
    sealedToMs: number,
    onRows: (own: StoreDays, rows: HourRows) => void,
  ): AsyncGenerator<StoreRows> {
    const { pollValidForMs } = this.settings;
    const memory = new HourColumns();
    let computed = 0;
    for (const [index, own] of days.entries()) {
      const known = polls(index);
      if (!known) continue;
      const toMs = Math.min(own.toMs, sealedToMs);
      // Rows start at the hour of a store's first poll.
      const firstMs = Math.max(own.fromMs, floorToHour(known.polledAtMs[0]));
      if (firstMs >= toMs) continue;
      const openings = openIntervals(calendars.get(own.storeId)!, firstMs - pollValidForMs, toMs);
      const rows = computeHourRows(known, openings, pollValidForMs, firstMs, toMs, memory);
      onRows(own, rows);
      yield { days: own, rows };
      if (++computed % STORES_PER_TURN === 0) await nextTurn();
    }
  }

  /** The input of the computation, by index: the polls of the days and the one carried into them. */
  private async inputs(
    client: PoolClient,
    days: readonly StoreDays[],
    layout: BlockLayout,
  ): Promise<(index: number) => PollColumns | undefined> {
    if (isBand(days, layout)) {
      const [{ fromMs, toMs }] = days;
      const stores = layout.spanOf(days.map(({ storeId }) => storeId));
      const carried = await this.uptime.carriedInto(client, [fromMs], stores);
      const polls = await readEdges(client, [{ startMs: fromMs, endMs: toMs }], carried, stores, 'days');
      return (index) => polls.get(days[index].storeId);
    }
    const times = days.map(({ storeId, fromMs, toMs }) => ({ storeId, startMs: fromMs, endMs: toMs }));
    const carried = await this.uptime.carriedIntoEach(
      client,
      days.map(({ storeId, fromMs }) => ({ storeId, dayMs: fromMs })),
    );
    const polls = await readPollsOf(client, times, carried, 'days');
    return (index) => polls.get(index);
  }
}

const endOf = ({ storeId, toMs }: StoreDays): string => `${storeId} ${toMs}`;

/** The days after days whose carried-out observation changed, up to the day of the store's next poll. */
async function untilNextPoll(
  client: PoolClient,
  changed: readonly StoreDays[],
  sealedToMs: number,
): Promise<StoreDays[]> {
  const endMs = floorToDay(sealedToMs + DAY_MS - 1);
  const nextPolls = await nextPollDays(
    client,
    changed.map(({ storeId, toMs }) => ({ storeId, dayMs: toMs })),
  );
  return united(
    changed.map(({ storeId, toMs }, index) => {
      return { storeId, fromMs: toMs, toMs: Math.min(nextPolls[index] + DAY_MS, endMs) };
    }),
  );
}

/** The observation in force at the end; NaN: none. */
const carriedOut = ({ count, lastPolledAtMs, lastActive }: HourRows): number =>
  count === 0 ? NaN : observation(lastPolledAtMs[count - 1], lastActive[count - 1] === 1);
