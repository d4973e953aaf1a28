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
import type { ChangedTime } from '../../platform/database/invalidations.js';
import { ensurePartitions } from '../../platform/database/partitions.js';
import { limitLockWait, unlessLocked } from '../../platform/database/sql.js';
import { ALL_STORES, type StoreSet } from '../../platform/database/store-set.js';
import { inTransaction } from '../../platform/database/transaction.js';
import { PollsService } from '../polls/polls.service.js';
import { lockDays, storesOf } from '../polls/blocks.js';
import { foldHead } from '../polls/fold.js';
import type { PollsByKey } from '../polls/gathered-polls.js';
import { nextPollDays } from '../polls/poll-days.repository.js';
import { lastBefore, readEdges, readPollsOf } from '../polls/polls-reader.js';
import { TimezonesService } from '../timezones/timezones.service.js';
import { type Backlog, RollupsRepository } from './rollups.repository.js';
import { sideBySide } from './side-by-side.js';
import { type StoreDays, extentOf, isBand, slices, united } from './store-days.js';
import { type StoreRows, UptimeDaysRepository } from './uptime-days.repository.js';

/**
 * How long a run waits for the stores that another one has in hand. What is not current after that is computed from polls by
 * who needs it, so a process that hangs in the middle of its work stops nobody else.
 */
const OTHERS_SECONDS = 60;

/** Stores that are computed before other work of the process gets its turn: some 2 ms. */
const STORES_PER_TURN = 20;

/** What a run did. */
export interface RollupRun {
  readonly blocks: number;
  /** Hours written. */
  readonly rows: number;
}

/** Keeps uptime_day equal to what the polls and calendars say. */
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
   * Computes every hour that is due, up to the hour of the latest poll. Safe to repeat and to run many times at once:
   * blocks of stores are locked one by one, and whoever comes second finds nothing left to do.
   * @param stop aborted: ends after the blocks in hand @throws its reason
   */
  async bringUpToDate(
    onProgress: (blocksDone: number, blocks: number) => void = () => {},
    stop?: AbortSignal,
  ): Promise<RollupRun> {
    const extent = await this.polls.extent();
    if (!extent) return { blocks: 0, rows: 0 };
    await this.rollups.foldExtent();
    await this.rollups.seal(floorToHour(extent.latestMs), this.settings.pollValidForMs);
    await this.rollups.addBlocks();
    const run = { blocks: 0, rows: 0 };
    // What is left after the first round is in the hands of others: wait for them.
    for (const wait of [false, true]) {
      const blocks = await this.rollups.blocksToRoll();
      let done = 0;
      let patient = wait;
      await sideBySide(blocks, async (block) => {
        if (stop?.aborted) return;
        const rows = await this.rollBlock(block, patient);
        if (rows === undefined) patient = false; // whoever keeps one may keep them all
        else run.blocks++;
        run.rows += rows ?? 0;
        onProgress(++done, blocks.length);
      });
      stop?.throwIfAborted();
    }
    return run;
  }

  /** What is left to do, cheap to ask. */
  backlog(): Promise<Backlog> {
    return this.rollups.backlog();
  }

  /**
   * How far the hours are sealed, as `client`'s transaction sees it: -Infinity while nothing is, or while the rollups were
   * made with another POLL_VALID_FOR than this process's.
   */
  async sealedToMs(client: Pool | PoolClient): Promise<number> {
    const { sealedToMs, pollValidForMs } = await this.rollups.state(client);
    return pollValidForMs === this.settings.pollValidForMs ? (sealedToMs ?? -Infinity) : -Infinity;
  }

  /**
   * The stores whose rollups of `[fromMs, toMs)` are not there or not current, as `client`'s transaction sees them.
   * @param ids only of these; undefined: of all
   */
  staleStores(client: PoolClient, fromMs: number, toMs: number, ids?: readonly number[]): Promise<number[]> {
    return this.rollups.staleStores(client, fromMs, toMs, ids);
  }

  /** As UptimeDaysRepository. */
  readSums(...of: Parameters<UptimeDaysRepository['readSums']>): Promise<void> {
    return this.uptime.readSums(...of);
  }

  /** As UptimeDaysRepository. */
  readHours(...of: Parameters<UptimeDaysRepository['readHours']>): Promise<void> {
    return this.uptime.readHours(...of);
  }

  /**
   * Polls of some times of stores whose rollups are current, and the last one before each of these times.
   * @param times each begins on an hour, not after the one up to which hours are sealed
   */
  async edges(client: PoolClient, times: readonly Interval[], stores: StoreSet = ALL_STORES): Promise<PollsByKey> {
    const inOrder = unite(times);
    const days = [...new Set(inOrder.map(({ startMs }) => floorToDay(startMs)))];
    return readEdges(client, inOrder, await this.uptime.carriedInto(client, days, stores), stores);
  }

  /** One block, in one transaction. @returns hours written; undefined when somebody else has it, and keeps it for long if told to wait */
  private rollBlock(block: number, wait: boolean): Promise<number | undefined> {
    const rolling = inTransaction(this.pool, async (client) => {
      await limitLockWait(client, OTHERS_SECONDS);
      const locked = await this.rollups.lockBlock(client, block, wait);
      if (!locked) return undefined;
      const { sealedToMs, hoursFromMs: horizonMs } = await this.rollups.state(client);
      if (sealedToMs === null) return 0;
      const invalid = await this.rollups.takeInvalid(client, block);
      await lockDays(client, block);
      await foldHead(client, block, sealedToMs);
      const calendars = await this.timezones.calendars(client, storesOf(block));
      const firstDayMs = floorToDay(Math.max(await this.rollups.firstHourMs(client), horizonMs));
      let days = daysToCompute([...calendars.keys()], locked.rolledToMs, sealedToMs, firstDayMs, horizonMs, invalid);
      await this.carryIntoFirst(client, days, horizonMs);
      let hours = 0;
      while (days.length > 0) {
        const changed: StoreDays[] = [];
        const ends = new Set(days.map(endOf));
        for (const slice of slices(days)) {
          const written = await this.rollSlice(client, slice, calendars, sealedToMs);
          hours += written.hours;
          // other ends of slices are computed on from anyway
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

  /** Of the days before the first that is kept, only the last one is there: it says what is carried, and polls say it again. */
  private async carryIntoFirst(client: PoolClient, days: readonly StoreDays[], horizonMs: number): Promise<void> {
    const ids = days.filter(({ fromMs }) => fromMs === horizonMs).map(({ storeId }) => storeId);
    if (ids.length === 0) return;
    await ensurePartitions(client, 'uptime_day', [horizonMs - DAY_MS]);
    await this.uptime.replaceCarried(client, horizonMs - DAY_MS, await lastBefore(client, horizonMs, ids));
  }

  /** @returns changedEnds: those that carry something else into the day behind them than before */
  private async rollSlice(
    client: PoolClient,
    days: readonly StoreDays[],
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
    const polls = await this.inputs(client, days);
    const after = new Map<string, number>();
    const computed = this.compute(days, polls, calendars, sealedToMs, (own, rows) => {
      after.set(endOf(own), carriedOut(rows));
    });
    const hours = await this.uptime.replace(client, days, computed);
    const changedEnds = ending.filter((own, place) => !Object.is(after.get(endOf(own)) ?? NaN, before[place]));
    return { hours, changedEnds };
  }

  private async *compute(
    days: readonly StoreDays[],
    polls: (place: number) => PollColumns | undefined,
    calendars: ReadonlyMap<number, Calendar>,
    sealedToMs: number,
    onRows: (own: StoreDays, rows: HourRows) => void,
  ): AsyncGenerator<StoreRows> {
    const { pollValidForMs } = this.settings;
    const memory = new HourColumns();
    let computed = 0;
    for (const [place, own] of days.entries()) {
      const known = polls(place);
      if (!known) continue;
      const toMs = Math.min(own.toMs, sealedToMs);
      // Rows begin with the hour of a store's first poll; before it there is nothing to say.
      const firstMs = Math.max(own.fromMs, floorToHour(known.polledAtMs[0]));
      if (firstMs >= toMs) continue;
      const openings = openIntervals(calendars.get(own.storeId)!, firstMs - pollValidForMs, toMs);
      const rows = computeHourRows(known, openings, pollValidForMs, firstMs, toMs, memory);
      onRows(own, rows);
      yield { days: own, rows };
      if (++computed % STORES_PER_TURN === 0) await nextTurn();
    }
  }

  /** What the hours of days are computed from: by place, their polls and the one that is carried into them. */
  private async inputs(
    client: PoolClient,
    days: readonly StoreDays[],
  ): Promise<(place: number) => PollColumns | undefined> {
    if (isBand(days)) {
      const [{ storeId: firstId, fromMs, toMs }, { storeId: lastId }] = [days[0], days.at(-1)!];
      const stores = { firstId, endId: lastId + 1 };
      const carried = await this.uptime.carriedInto(client, [fromMs], stores);
      const polls = await readEdges(client, [{ startMs: fromMs, endMs: toMs }], carried, stores, 'days');
      return (place) => polls.get(days[place].storeId);
    }
    const times = days.map(({ storeId, fromMs, toMs }) => ({ storeId, startMs: fromMs, endMs: toMs }));
    const carried = await this.uptime.carriedIntoEach(
      client,
      days.map(({ storeId, fromMs }) => ({ storeId, dayMs: fromMs })),
    );
    const polls = await readPollsOf(client, times, carried, 'days');
    return (place) => polls.get(place);
  }
}

/** What a block's stores lack: the days since it was rolled up, and those before that which are invalid. */
function daysToCompute(
  storeIds: readonly number[],
  rolledToMs: number | null,
  sealedToMs: number,
  firstDayMs: number,
  horizonMs: number,
  invalid: readonly ChangedTime[],
): StoreDays[] {
  const endMs = floorToDay(sealedToMs + DAY_MS - 1);
  const newFromMs = Math.max(floorToDay(rolledToMs ?? firstDayMs), firstDayMs);
  const isSealedFurther = rolledToMs === null || rolledToMs < sealedToMs;
  const days = isSealedFurther ? storeIds.map((storeId) => ({ storeId, fromMs: newFromMs, toMs: endMs })) : [];
  if (rolledToMs === null) return united(days);
  for (const { storeId, fromMs, toMs } of invalid) {
    // what changed before the first day that is kept may be carried into it
    const lastDayMs = Math.max(floorToDay(toMs), horizonMs);
    days.push({ storeId, fromMs: Math.max(floorToDay(fromMs), firstDayMs), toMs: Math.min(lastDayMs + DAY_MS, endMs) });
  }
  return united(days);
}

const endOf = ({ storeId, toMs }: StoreDays): string => `${storeId} ${toMs}`;

/** The days behind some that carry something else out than before, up to that of the store's next poll. */
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
    changed.map(({ storeId, toMs }, place) => {
      return { storeId, fromMs: toMs, toMs: Math.min(nextPolls[place] + DAY_MS, endMs) };
    }),
  );
}

/** The observation in force at the end; NaN: none. */
const carriedOut = ({ count, lastPolledAtMs, lastActive }: HourRows): number =>
  count === 0 ? NaN : observation(lastPolledAtMs[count - 1], lastActive[count - 1] === 1);
