import { Injectable } from '@nestjs/common';
import type { Pool, PoolClient } from 'pg';
import { type Calendar, openIntervals } from '#libs/calendar/calendar.js';
import { floorToHour } from '#libs/instant/instant.js';
import { type HourRows, computeHourRows } from '#libs/uptime/hour-rows.js';
import { Settings } from '../config/settings.js';
import { Database } from '../database/database.js';
import { type Partitions, weekOf, weekStartMs } from '../database/partitions.js';
import { inTransaction } from '../database/transaction.js';
import { PollsService } from '../ingestion/polls.service.js';
import { TimezonesService } from '../timezones/timezones.service.js';
import { RollupsRepository, STORES_PER_BLOCK, type StoreHours, extentOf, isBand } from './rollups.repository.js';

/** Blocks that are rolled side by side: while one computes, another's rows are on their way. */
const BLOCKS_AT_ONCE = 2;

/** What a run did. */
export interface RollupRun {
  readonly blocks: number;
  /** Rows of uptime_hour written. */
  readonly rows: number;
}

/** Keeps uptime_hour equal to what the polls and calendars say. */
@Injectable()
export class RollupsService {
  private readonly pool: Pool;
  private readonly partitions: Partitions;

  constructor(
    database: Database,
    private readonly rollups: RollupsRepository,
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
   */
  async bringUpToDate(onProgress: (blocksDone: number, blocks: number) => void = () => {}): Promise<RollupRun> {
    const extent = await this.polls.extent();
    if (!extent) return { blocks: 0, rows: 0 };
    await this.rollups.foldExtent();
    await this.rollups.seal(floorToHour(extent.latestMs), this.settings.pollValidForMs);
    const run = { blocks: 0, rows: 0 };
    // What is left after the first round is in the hands of others: wait for them.
    for (const wait of [false, true]) {
      const blocks = await this.rollups.blocksToRoll();
      const next = blocks.values();
      const work = async (): Promise<void> => {
        for (const block of next) {
          const rows = await this.rollBlock(block, wait);
          run.rows += rows;
          run.blocks++;
          onProgress(run.blocks, Math.max(blocks.length, run.blocks));
        }
      };
      await Promise.all(Array.from({ length: BLOCKS_AT_ONCE }, work));
    }
    return run;
  }

  /**
   * How far the hours are sealed, as `client`'s transaction sees it: -Infinity while nothing is, or while the rollups were
   * made with another POLL_VALID_FOR than this process's.
   */
  async sealedToMs(client: PoolClient): Promise<number> {
    const { sealedToMs, pollValidForMs } = await this.rollups.state(client);
    return pollValidForMs === this.settings.pollValidForMs ? (sealedToMs ?? -Infinity) : -Infinity;
  }

  /**
   * The stores whose rollups before `toMs` are not current, as `client`'s transaction sees them.
   * @param ids only of these; undefined: of all
   */
  staleStores(client: PoolClient, toMs: number, ids?: readonly number[]): Promise<number[]> {
    return this.rollups.staleStores(client, toMs, ids);
  }

  /** One block, in one transaction. @returns rows written */
  private rollBlock(block: number, wait: boolean): Promise<number> {
    return inTransaction(this.pool, async (client) => {
      const locked = await this.rollups.lockBlock(client, block, wait);
      const { sealedToMs } = await this.rollups.state(client);
      if (!locked || sealedToMs === null) return 0;
      const due = await this.rollups.takeDue(client, block);
      const firstId = block * STORES_PER_BLOCK;
      const calendars = await this.timezones.calendars(client, { firstId, endId: firstId + STORES_PER_BLOCK });
      const hours = await this.hoursToCompute(client, [...calendars.keys()], locked.rolledToMs, sealedToMs, due);
      let rows = 0;
      for (const slice of slices(hours)) rows += await this.rollSlice(client, slice, calendars);
      if (locked.rolledToMs === null || locked.rolledToMs < sealedToMs) {
        await this.rollups.setRolledTo(client, block, sealedToMs);
      }
      return rows;
    });
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
    const newFromMs = rolledToMs ?? firstHourMs;
    const hours: StoreHours[] = storeIds.map((storeId) => ({ storeId, fromMs: newFromMs, toMs: sealedToMs }));
    if (rolledToMs === null) return united(hours);
    for (const { storeId, fromMs, toMs } of due) {
      hours.push({ storeId, fromMs: Math.max(fromMs, firstHourMs), toMs: Math.min(toMs, rolledToMs) });
    }
    return united(hours);
  }

  private async rollSlice(
    client: PoolClient,
    hours: readonly StoreHours[],
    calendars: ReadonlyMap<number, Calendar>,
  ): Promise<number> {
    const { fromMs: earliestMs, toMs: latestMs } = extentOf(hours);
    await this.partitions.ensureRange('uptime_hour', earliestMs, latestMs);
    const { polledAtMs, active, ends } = await this.gatherPolls(client, hours);
    await this.rollups.deleteHours(client, hours);
    const { pollValidForMs } = this.settings;
    const compute = function* (): Generator<{ storeId: number; rows: HourRows }> {
      let start = 0;
      for (const [index, { storeId, fromMs, toMs }] of hours.entries()) {
        const end = ends[index];
        if (end > start) {
          const polls = {
            polledAtMs: polledAtMs.subarray(start, end),
            active: active.subarray(start, end),
            count: end - start,
          };
          // Rows begin with the hour of a store's first poll; before it there is nothing to say.
          const firstMs = Math.max(fromMs, floorToHour(polledAtMs[start]));
          const openings = openIntervals(calendars.get(storeId)!, firstMs - pollValidForMs, toMs);
          yield { storeId, rows: computeHourRows(polls, openings, pollValidForMs, firstMs, toMs) };
        }
        start = end;
      }
    };
    return this.rollups.writeHours(client, compute());
  }

  /** The polls of every stretch, one behind the other; `ends[i]` is one past the last poll of stretch i. */
  private async gatherPolls(client: PoolClient, hours: readonly StoreHours[]): Promise<GatheredPolls> {
    let polledAt = new Float64Array(64 * 1024);
    let active = new Uint8Array(polledAt.length);
    const ends = new Int32Array(hours.length);
    let [count, stretch] = [0, 0];
    await this.rollups.readPolls(client, hours, (index, polledAtMs, isActive) => {
      while (stretch < index) ends[stretch++] = count;
      if (count === polledAt.length) {
        const [widerPolledAt, widerActive] = [new Float64Array(count * 2), new Uint8Array(count * 2)];
        widerPolledAt.set(polledAt);
        widerActive.set(active);
        [polledAt, active] = [widerPolledAt, widerActive];
      }
      polledAt[count] = polledAtMs;
      active[count++] = isActive ? 1 : 0;
    });
    ends.fill(count, stretch);
    return { polledAtMs: polledAt, active, ends };
  }
}

interface GatheredPolls {
  readonly polledAtMs: Float64Array;
  readonly active: Uint8Array;
  readonly ends: Int32Array;
}

/** Sorted by store and time, with what overlaps or touches made one. */
function united(hours: readonly StoreHours[]): StoreHours[] {
  const sorted = hours.filter((h) => h.toMs > h.fromMs).sort((a, b) => a.storeId - b.storeId || a.fromMs - b.fromMs);
  const result: { storeId: number; fromMs: number; toMs: number }[] = [];
  for (const next of sorted) {
    const last = result.at(-1);
    if (last?.storeId === next.storeId && next.fromMs <= last.toMs) last.toMs = Math.max(last.toMs, next.toMs);
    else result.push({ ...next });
  }
  return result;
}

/**
 * The same hours cut where partitions are, in order of time: a block's history is computed a week at a time. In a week,
 * stretches that are the same for many stores come by themselves: those are read faster.
 */
function* slices(hours: readonly StoreHours[]): Generator<StoreHours[]> {
  const byWeek = new Map<number, StoreHours[]>();
  for (const { storeId, fromMs, toMs } of hours) {
    for (let week = weekOf(fromMs); weekStartMs(week) < toMs; week++) {
      const part = {
        storeId,
        fromMs: Math.max(fromMs, weekStartMs(week)),
        toMs: Math.min(toMs, weekStartMs(week + 1)),
      };
      const parts = byWeek.get(week);
      if (parts) parts.push(part);
      else byWeek.set(week, [part]);
    }
  }
  for (const week of [...byWeek.keys()].sort((a, b) => a - b)) {
    const alike = [...Map.groupBy(byWeek.get(week)!, ({ fromMs, toMs }) => `${fromMs} ${toMs}`).values()];
    yield* alike.filter(isBand);
    const others = alike.filter((some) => !isBand(some)).flat();
    if (others.length > 0) yield others;
  }
}
