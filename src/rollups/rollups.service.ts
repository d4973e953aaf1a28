import { setImmediate as nextTurn } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import type { Pool, PoolClient } from 'pg';
import { type Calendar, openIntervals } from '#libs/calendar/calendar.js';
import { floorToHour } from '#libs/instant/instant.js';
import { computeHourRows } from '#libs/uptime/hour-rows.js';
import { Settings } from '../config/settings.js';
import { Database } from '../database/database.js';
import { keptFrom } from '../database/kept.js';
import { type Partitions, weekOf, weekStartMs } from '../database/partitions.js';
import { limitLockWait, unlessLocked } from '../database/sql.js';
import { inTransaction } from '../database/transaction.js';
import { PollsService } from '../ingestion/polls.service.js';
import { TimezonesService } from '../timezones/timezones.service.js';
import { GatheredPolls } from './gathered-polls.js';
import { HoursRepository, type StoreRows } from './hours.repository.js';
import { type Backlog, type RolledBlock, RollupsRepository, STORES_PER_BLOCK } from './rollups.repository.js';
import { type StoreHours, extentOf, slices, united } from './store-hours.js';

/** Blocks that are rolled side by side: while one computes, another's rows are on their way. */
const BLOCKS_AT_ONCE = 2;

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
  /** Rows of uptime_hour written. */
  readonly rows: number;
}

interface NewWeek {
  readonly blocks: readonly RolledBlock[];
  readonly weekMs: number;
  /** What there is to compute of it, in all blocks. */
  readonly fromMs: number;
  readonly toMs: number;
}

/** Keeps uptime_hour and uptime_day equal to what the polls and calendars say. */
@Injectable()
export class RollupsService {
  private readonly pool: Pool;
  private readonly partitions: Partitions;

  constructor(
    database: Database,
    private readonly rollups: RollupsRepository,
    private readonly hours: HoursRepository,
    private readonly polls: PollsService,
    private readonly timezones: TimezonesService,
    private readonly settings: Settings,
  ) {
    this.pool = database.pool;
    this.partitions = database.partitions;
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
    for (let week; (week = await this.rollNewWeek(onProgress));) {
      run.blocks += week.blocks;
      run.rows += week.rows;
      stop?.throwIfAborted();
    }
    // What is left after the first round is in the hands of others: wait for them.
    for (const wait of [false, true]) {
      const blocks = await this.rollups.blocksToRoll();
      const next = blocks.values();
      let done = 0;
      let patient = wait;
      const work = async (): Promise<void> => {
        for (const block of next) {
          if (stop?.aborted) return;
          const rows = await this.rollBlock(block, patient);
          if (rows === undefined) patient = false; // whoever keeps one may keep them all
          else run.blocks++;
          run.rows += rows ?? 0;
          onProgress(++done, blocks.length);
        }
      };
      await Promise.all(Array.from({ length: BLOCKS_AT_ONCE }, work));
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

  /** One block, in one transaction. @returns rows written; undefined when somebody else has it, and keeps it for long if told to wait */
  private rollBlock(block: number, wait: boolean): Promise<number | undefined> {
    const rolling = inTransaction(this.pool, async (client) => {
      await limitLockWait(client, OTHERS_SECONDS);
      const locked = await this.rollups.lockBlock(client, block, wait);
      const { sealedToMs } = await this.rollups.state(client);
      if (!locked) return undefined;
      if (sealedToMs === null) return 0;
      const due = await this.rollups.takeDue(client, block);
      const firstId = block * STORES_PER_BLOCK;
      const calendars = await this.timezones.calendars(client, { firstId, endId: firstId + STORES_PER_BLOCK });
      const hours = await this.hoursToCompute(client, [...calendars.keys()], locked.rolledToMs, sealedToMs, due);
      await this.carryIntoFirst(client, hours);
      let rows = 0;
      for (const slice of slices(hours)) rows += await this.rollSlice(client, slice, calendars, sealedToMs);
      if (locked.rolledToMs === null || locked.rolledToMs < sealedToMs) {
        await this.rollups.setRolledTo(client, block, sealedToMs);
      }
      return rows;
    });
    return unlessLocked(rolling, undefined);
  }

  /** What a block's stores lack: the hours sealed since it was rolled, and those before that which are due. */
  private async hoursToCompute(
    client: PoolClient,
    storeIds: readonly number[],
    rolledToMs: number | null,
    sealedToMs: number,
    due: readonly StoreHours[],
  ): Promise<StoreHours[]> {
    const firstHourMs = await this.rollups.firstHourMs(client);
    const newFromMs = Math.max(rolledToMs ?? firstHourMs, firstHourMs);
    const hours: StoreHours[] = storeIds.map((storeId) => ({ storeId, fromMs: newFromMs, toMs: sealedToMs }));
    if (rolledToMs === null) return united(hours);
    for (const { storeId, fromMs, toMs } of due) {
      hours.push({ storeId, fromMs: Math.max(fromMs, firstHourMs), toMs: Math.min(toMs, rolledToMs) });
    }
    return united(hours);
  }

  /** Of the hours before the first that are kept, only the last one is there: it says what is carried, and polls say it again. */
  private async carryIntoFirst(client: PoolClient, hours: readonly StoreHours[]): Promise<void> {
    const { hoursMs } = await keptFrom(client);
    const ids = hours.filter(({ fromMs }) => fromMs === hoursMs).map(({ storeId }) => storeId);
    if (ids.length > 0) await this.hours.writeCarried(client, ids, hoursMs);
  }

  private async rollSlice(
    client: PoolClient,
    hours: readonly StoreHours[],
    calendars: ReadonlyMap<number, Calendar>,
    sealedToMs: number,
  ): Promise<number> {
    const { fromMs: earliestMs, toMs: latestMs } = extentOf(hours);
    await this.partitions.ensureRange(client, 'uptime_hour', earliestMs, latestMs);
    const computed = await this.compute(client, hours, calendars);
    await this.hours.deleteHours(client, hours);
    const written = await this.hours.writeHours(client, computed);
    await this.hours.writeDays(client, hours, computed, { rolledToMs: sealedToMs });
    return written;
  }

  private async compute(
    client: PoolClient,
    hours: readonly StoreHours[],
    calendars: ReadonlyMap<number, Calendar>,
  ): Promise<StoreRows[]> {
    const pollsOf = new GatheredPolls();
    await this.hours.readPolls(client, hours, (...poll) => pollsOf.add(...poll));
    const { pollValidForMs } = this.settings;
    const computed: StoreRows[] = [];
    for (const [place, polls] of pollsOf) {
      const stretch = hours[place];
      const { storeId, fromMs, toMs } = stretch;
      // Rows begin with the hour of a store's first poll; before it there is nothing to say.
      const firstMs = Math.max(fromMs, floorToHour(polls.polledAtMs[0]));
      const openings = openIntervals(calendars.get(storeId)!, firstMs - pollValidForMs, toMs);
      computed.push({ stretch, rows: computeHourRows(polls, openings, pollValidForMs, firstMs, toMs) });
      if (computed.length % STORES_PER_TURN === 0) await nextTurn();
    }
    return computed;
  }

  /**
   * The next week of which nobody has an hour yet, as on a first load: in one transaction that makes the partition, and so by
   * one process. While one block's hours are on their way, those of the next are computed.
   * @returns undefined when there is no such week
   */
  private async rollNewWeek(onProgress: (blocksDone: number, blocks: number) => void): Promise<RollupRun | undefined> {
    // Looked at first, so that nobody is kept waiting when there is none, which is nearly always.
    if (!(await this.newWeek(this.pool, false))) return undefined;
    // Both connections before any lock: whoever waits for the lock holds one, and so all of them may be held.
    const rolling = inTransaction(this.pool, (reader) =>
      inTransaction(this.pool, async (client) => {
        await limitLockWait(client, OTHERS_SECONDS);
        const week = await this.newWeek(client, true);
        return week && this.fillWeek(client, reader, week, onProgress);
      }),
    );
    return unlessLocked(rolling, undefined);
  }

  private fillWeek(
    client: PoolClient,
    reader: PoolClient,
    { blocks, weekMs, fromMs, toMs }: NewWeek,
    onProgress: (blocksDone: number, blocks: number) => void,
  ): Promise<RollupRun | undefined> {
    return this.partitions.createFilled(client, 'uptime_hour', weekMs, async (table) => {
      // With no hour before, there is none to compute again. What becomes due from here on stays so.
      for (const { block, rolledToMs } of blocks) if (rolledToMs === null) await this.rollups.takeDue(client, block);
      let next = this.computeBlock(reader, blocks[0].block, fromMs, toMs);
      let rows = 0;
      try {
        for (const [index, { block }] of blocks.entries()) {
          const { hours, computed } = await next;
          if (index + 1 < blocks.length) next = this.computeBlock(reader, blocks[index + 1].block, fromMs, toMs);
          rows += await this.hours.writeHours(client, computed, table);
          await this.hours.writeDays(client, hours, computed, { rolledToMs: toMs, newTable: table });
          await this.rollups.setRolledTo(client, block, toMs);
          onProgress(index + 1, blocks.length);
        }
      } finally {
        await next.catch(() => {}); // when writing failed: until then the connection is in use
      }
      return { blocks: blocks.length, rows };
    });
  }

  /** The week in which all blocks have to go on, if that is at its beginning, or at the beginning of all hours. */
  private async newWeek(on: Pool | PoolClient, lock: boolean): Promise<NewWeek | undefined> {
    const blocks = await this.rollups.allBlocks(on, lock);
    const { sealedToMs } = await this.rollups.state(on);
    const firstHourMs = await this.rollups.firstHourMs(on);
    if (blocks.length === 0 || sealedToMs === null) return undefined;
    const fromMs = blocks[0].rolledToMs ?? firstHourMs;
    // what is carried into the first hours that are kept is written by rollBlock
    if (fromMs <= (await keptFrom(on)).hoursMs) return undefined;
    const week = weekOf(fromMs);
    const isBeginning = fromMs <= Math.max(weekStartMs(week), firstHourMs);
    const isCommon = blocks.every(({ rolledToMs }) => (rolledToMs ?? firstHourMs) === fromMs);
    if (!isBeginning || !isCommon || fromMs >= sealedToMs) return undefined;
    return { blocks, weekMs: weekStartMs(week), fromMs, toMs: Math.min(sealedToMs, weekStartMs(week + 1)) };
  }

  private async computeBlock(
    client: PoolClient,
    block: number,
    fromMs: number,
    toMs: number,
  ): Promise<{ hours: StoreHours[]; computed: StoreRows[] }> {
    const firstId = block * STORES_PER_BLOCK;
    const calendars = await this.timezones.calendars(client, { firstId, endId: firstId + STORES_PER_BLOCK });
    const hours = [...calendars.keys()].map((storeId) => ({ storeId, fromMs, toMs }));
    return { hours, computed: hours.length > 0 ? await this.compute(client, hours, calendars) : [] };
  }
}
