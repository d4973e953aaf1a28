import { setImmediate as nextTurn } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import type { PoolClient } from 'pg';
import { DAY_MS, floorToHour } from '#libs/instant/instant.js';
import type { Interval } from '#libs/intervals/intervals.js';
import { type Outage, findOutages } from '#libs/uptime/outages.js';
import type { PollColumns } from '#libs/uptime/segments.js';
import type { StoreSet } from '../../platform/database/store-set.js';
import { Settings } from '../../platform/config/settings.js';
import type { PageStart } from './page-start.js';
import { RecentOutagesRepository, type Run } from './recent-outages.repository.js';
import { type OutagePage, type StoreOutage, toStoreOutage } from './store-outage.js';
import { TimeWindows } from './time-windows.js';
import { readStoreFilter } from '../../edge/filter/store-filter.js';
import { FirstInOrder } from './first-in-order.js';
import { visibleFilter } from '../../edge/filter/visible-stores.js';
import { cutPage } from '../../edge/paging/page.js';

/** An outage's position in the list: its start, and its store's database id. */
interface OutageCursor {
  readonly startMs: number;
  readonly id: number;
}

/** How many numbers make up a cursor. */
export const OUTAGE_KEYS = 2;

export interface RecentOutagesQuery {
  readonly since?: unknown;
  readonly asOf?: unknown;
  readonly filter?: unknown;
  readonly start?: PageStart | undefined;
}

/** An outage whose end is not known yet. */
interface Begun extends Run {
  readonly startMs: number;
}

const WINDOW = { from: 'since', to: 'as_of', defaultMs: DAY_MS, maxMs: 31 * DAY_MS };
/** The list is built backwards, in growing chunks: a page of the newest outages seldom needs more time than this. */
const FIRST_CHUNK_MS = DAY_MS;
/**
 * The most begun outages that are in memory at once; 70 bytes each. If a page needs more, all stores are read again. That is rare:
 * only outages that turn out to have ended by `since` are left out of a page.
 */
const MAX_BEGUN = 20_000;
/** Stores examined between two yields to the event loop. */
const STORES_PER_TURN = 500;

/** Lists the outages of all stores, newest first. */
@Injectable()
export class RecentOutagesService {
  private readonly maxBegun = MAX_BEGUN;

  constructor(
    private readonly recent: RecentOutagesRepository,
    private readonly windows: TimeWindows,
    private readonly settings: Settings,
  ) {}

  /**
   * The outages that were ongoing at `since` or began later, as known at `asOf`, newest start first.
   * @param since text in one of INSTANT_FORMS; absent: a day before as-of
   * @param asOf absent: PollsService.defaultAsOfMs
   * @param filter text of a filter of stores; absent: all stores
   * @param start the start of a later page
   * @throws DomainError invalid_argument
   */
  async page(limit: number, { since, asOf, filter, start }: RecentOutagesQuery = {}): Promise<OutagePage> {
    const window = await this.windows.read(since, asOf, WINDOW, start?.window);
    const { startMs: sinceMs, endMs: asOfMs } = window;
    const wanted = visibleFilter(readStoreFilter(filter));
    const ids = wanted && (await this.recent.matching(wanted));
    const after = start && { startMs: start.keys[0], id: start.keys[1] };
    return this.recent.inSnapshot(async (client) => {
      const parts = await this.recent.parts(client, ids);
      const found: (Begun & { readonly outage: StoreOutage })[] = [];
      for await (const next of this.begunBackwards(client, parts, window, after)) {
        // one extra outage shows whether there is another page
        for (let at = 0; at < next.length && found.length <= limit; at += limit + 1) {
          found.push(...(await this.completed(client, next.slice(at, at + limit + 1), sinceMs, asOfMs)));
        }
        if (found.length > limit) break;
      }
      const { items, last } = cutPage(found, limit);
      return {
        outages: items.map(({ outage }) => outage),
        next: last && { window, keys: [last.startMs, last.id] },
      };
    });
  }

  /** The outages after a cursor that begin in `[sinceMs, asOfMs)`, then earlier ones that are ongoing at `sinceMs`; in order. */
  private async *begunBackwards(
    client: PoolClient,
    parts: readonly StoreSet[],
    { startMs: sinceMs, endMs: asOfMs }: Interval,
    after: OutageCursor | undefined,
  ): AsyncGenerator<readonly Begun[]> {
    const toMs = Math.min(asOfMs, (after?.startMs ?? Infinity) + 1);
    for (let endMs = toMs, length = FIRST_CHUNK_MS; endMs > sinceMs; endMs -= length, length *= 2) {
      const startMs = Math.max(sinceMs, endMs - length);
      const isInside = (outage: Outage): boolean => outage.startMs >= startMs;
      yield* this.begunBefore(client, parts, { startMs: floorToHour(startMs), endMs }, isInside, after);
    }
    const hourBefore = { startMs: floorToHour(sinceMs - 1), endMs: sinceMs };
    yield* this.begunBefore(client, parts, hourBefore, (outage) => outage.isOngoing, after);
  }

  /**
   * The outages after a cursor that follow from the polls of a time range that begins on an hour, and from the status
   * carried into it; in order.
   */
  private async *begunBefore(
    client: PoolClient,
    parts: readonly StoreSet[],
    time: Interval,
    isWanted: (outage: Outage) => boolean,
    after: OutageCursor | undefined,
  ): AsyncGenerator<readonly Begun[]> {
    for (let last = after, isCut = true; isCut;) {
      const first = new FirstInOrder<Begun, OutageCursor>(this.maxBegun, inOrder, last);
      for (const part of parts) {
        for (const own of await this.begunOf(client, part, time, isWanted)) first.add(own);
      }
      const batch = first.inOrder();
      yield batch;
      last = batch.at(-1);
      ({ isCut } = first);
    }
  }

  private async begunOf(
    client: PoolClient,
    stores: StoreSet,
    { startMs: hourMs, endMs }: Interval,
    isWanted: (outage: Outage) => boolean,
  ): Promise<Begun[]> {
    const { startMs, polls } = await this.recent.polls(client, stores, hourMs, endMs);
    const calendars = await this.recent.calendars(client, stores);
    const carriedIn = [...polls].filter(([, p]) => p.polledAtMs[0] < startMs && p.active[0] === 0);
    const runStarts = await this.recent.runStarts(
      client,
      carriedIn.map(([id]) => id),
      startMs,
    );
    const begun: Begun[] = [];
    let looked = 0;
    for (const [id, own] of polls) {
      const known = withRunStart(own, runStarts.get(id));
      for (const outage of findOutages(calendars.get(id)!, known, this.settings.pollValidForMs, endMs)) {
        if (!isWanted(outage)) continue;
        begun.push({ id, startMs: outage.startMs, firstPollMs: known.polledAtMs[outage.firstPoll] });
      }
      if (++looked % STORES_PER_TURN === 0) await nextTurn();
    }
    return begun;
  }

  /** Completes the outages with what is known at `asOfMs`, without those that ended by `sinceMs`. */
  private async completed(
    client: PoolClient,
    begun: readonly Begun[],
    sinceMs: number,
    asOfMs: number,
  ): Promise<(Begun & { outage: StoreOutage })[]> {
    const polls = await this.recent.pollsOfRuns(client, begun, asOfMs);
    const ids = [...new Set(begun.map(({ id }) => id))];
    const stores = await this.recent.stores(client, ids);
    const calendars = await this.recent.calendars(client, ids);
    return begun.flatMap((b, index) => {
      const own = polls.get(index)!;
      const [outage] = findOutages(calendars.get(b.id)!, own, this.settings.pollValidForMs, asOfMs);
      if (!outage.isOngoing && outage.endMs <= sinceMs) return [];
      return { ...b, outage: toStoreOutage(stores.get(b.id)!, own, outage) };
    });
  }
}

/** The order of the list. */
const inOrder = (a: OutageCursor, b: OutageCursor): number => b.startMs - a.startMs || a.id - b.id;

/** Adds the first poll of the run that is carried in. All polls between it and the carried one are inactive. */
function withRunStart(polls: PollColumns, runStartMs: number | undefined): PollColumns {
  if (runStartMs === undefined || runStartMs === polls.polledAtMs[0]) return polls;
  return {
    polledAtMs: [runStartMs, ...Array.from(polls.polledAtMs)],
    active: [0, ...Array.from(polls.active)],
    count: polls.count + 1,
  };
}
