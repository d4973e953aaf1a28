import { Injectable } from '@nestjs/common';
import { Pool, type PoolClient } from 'pg';
import type { Calendar } from '#libs/calendar/calendar.js';
import type { Filter } from '#libs/filter/filter.js';
import { instantOf } from '#libs/store-day/poll-day.js';
import { inSnapshot } from '../../platform/database/transaction.js';
import type { PollsByKey } from '../polls/gathered-polls.js';
import { readPollsAndLastBefore, readPollsOf, runStarts } from '../polls/polls-reader.js';
import { RollupsService } from '../rollups/rollups.service.js';
import type { StoreSet } from '../../platform/database/store-set.js';
import { TimezonesService } from '../timezones/timezones.service.js';

/** A run of inactive polls of a store. */
export interface Run {
  readonly id: number;
  /** Its first poll. */
  readonly firstPollMs: number;
}

/** Calendars and a day of polls take some KB a store. */
const STORES_PER_PART = 5_000;

/** Reads the data of all stores. Keys are database ids. */
@Injectable()
export class RecentOutagesRepository {
  private readonly storesPerPart = STORES_PER_PART;

  constructor(
    private readonly pool: Pool,
    private readonly rollups: RollupsService,
    private readonly timezones: TimezonesService,
  ) {}

  inSnapshot<T>(read: (client: PoolClient) => Promise<T>): Promise<T> {
    return inSnapshot(this.pool, read);
  }

  /** The database ids of the stores that a filter selects, ascending. */
  matching(filter: Filter): Promise<Int32Array> {
    return this.timezones.matching(filter);
  }

  calendars(client: PoolClient, stores: StoreSet): Promise<Map<number, Calendar>> {
    return this.timezones.calendars(client, stores);
  }

  /** Stores in parts that fit into memory: all, or those with these ids. */
  async parts(client: PoolClient, ids?: Int32Array): Promise<StoreSet[]> {
    if (ids) return this.partsOf(ids);
    const { rows } = await client.query('select coalesce(max(id), 0) as "lastId" from store');
    const count = Math.ceil((rows[0].lastId + 1) / this.storesPerPart);
    return Array.from({ length: count }, (_, part) => ({
      firstId: part * this.storesPerPart,
      endId: (part + 1) * this.storesPerPart,
    }));
  }

  private partsOf(ids: Int32Array): StoreSet[] {
    return Array.from({ length: Math.ceil(ids.length / this.storesPerPart) }, (_, part) =>
      Array.from(ids.subarray(part * this.storesPerPart, (part + 1) * this.storesPerPart)),
    );
  }

  /**
   * The stores' polls in `[startMs, toMs)`, and the last one before.
   * @param fromMs on the hour; startMs is at or before it: earlier when the watermark is
   */
  async polls(
    client: PoolClient,
    stores: StoreSet,
    fromMs: number,
    toMs: number,
  ): Promise<{ startMs: number; polls: PollsByKey }> {
    const sealedToMs = await this.rollups.sealedToMs(client);
    const startMs = sealedToMs === -Infinity ? fromMs : Math.min(fromMs, sealedToMs);
    const staleIds = await this.rollups.staleStores(client, startMs, Math.min(startMs, sealedToMs), stores);
    const stale = await readPollsAndLastBefore(client, { startMs, endMs: toMs }, [...staleIds]);
    if (sealedToMs === -Infinity) return { startMs, polls: stale };
    const current = await this.rollups.edges(client, [{ startMs, endMs: toMs }], stores);
    return { startMs, polls: new Map([...current, ...stale]) };
  }

  /** For stores that are inactive at `beforeMs`: the first poll of the current run of inactive polls. */
  async runStarts(client: PoolClient, ids: readonly number[], beforeMs: number): Promise<Map<number, number>> {
    const starts = await runStarts(client, beforeMs, ids);
    return new Map([...starts].map(([id, value]) => [id, instantOf(value)]));
  }

  /** For each run, by index: the store's polls from the run's first poll on. */
  pollsOfRuns(client: PoolClient, runs: readonly Run[], toMs: number): Promise<PollsByKey> {
    return readPollsOf(
      client,
      runs.map(({ id, firstPollMs }) => ({ storeId: id, startMs: firstPollMs, endMs: toMs })),
    );
  }

  async stores(
    client: PoolClient,
    ids: readonly number[],
  ): Promise<Map<number, { storeId: string; name: string | null }>> {
    const { rows } = await client.query(
      'select id, external_id as "storeId", name from store where id = any($1::integer[])',
      [ids],
    );
    return new Map(rows.map(({ id, storeId, name }) => [id as number, { storeId, name }]));
  }
}
