import { Injectable } from '@nestjs/common';
import type { Filter } from '#libs/filter/filter.js';
import { HOUR_MS, MINUTE_MS, ceilToHour } from '#libs/instant/instant.js';
import type { Interval } from '#libs/intervals/intervals.js';
import { addParts } from '#libs/uptime/breakdown.js';
import type { Window } from '#libs/uptime/windows.js';
import { standardWindows } from '#libs/uptime/windows.js';
import { visibleFilter } from '../../edge/filter/visible-stores.js';
import { Clock } from '../../platform/clock/clock.js';
import { Settings } from '../../platform/config/settings.js';
import { outsideRequests } from '../../platform/database/request-scope.js';
import { spanning } from '../../platform/database/store-set.js';
import { PollsService } from '../polls/polls.service.js';
import type { ReportInputs } from '../reports/make/report-inputs.js';
import type { ReportParts } from '../reports/make/report-parts.js';
import { ReportInputsRepository, type ReportStores } from '../reports/make/report-inputs.repository.js';
import { reportFigures } from '../reports/make/report-figures.js';
import { TimezonesService } from '../timezones/timezones.service.js';
import { FilteredStores } from './filtered-stores.js';
import { FleetRepository } from './fleet.repository.js';
import { FleetSnapshot } from './fleet-snapshot.js';
import type { FleetHour, StoreHours } from './hour-matrix.js';
import { stateOf } from './store-state.js';

/**
 * A snapshot is served until its age is this multiple of the time it took to compute. Computing snapshots then uses at
 * most about a tenth of a core, however many clients ask.
 */
const AGE_PER_COST = 10;
const MIN_AGE_MS = 500;
const MAX_AGE_MS = 10 * MINUTE_MS;
/** The most snapshots of different times in the cache, and how many stores they may have together. */
const MAX_CACHED = 4;
const MAX_CACHED_STORES = 2_000_000;
/** Of more stores, the hours of a page are read when it is requested: 336 bytes a store. */
const MAX_KEPT_HOURS = 100_000;
const STORES_PER_PART = 5_000;
export const WEEK_HOURS = 168;

/** Takes a store, with its index in report order. */
type Take = (...store: Parameters<FleetSnapshot['set']>) => void;

interface CachedSnapshot {
  readonly snapshot: Promise<FleetSnapshot>;
  /** When it expires, on the clock of performance.now(). */
  expiresAtMs: number;
}

/** Computes snapshots of the fleet and caches the last ones. */
@Injectable()
export class FleetSnapshots {
  private readonly cached = new Map<string, CachedSnapshot>();
  private readonly maxKeptHours = MAX_KEPT_HOURS;
  private readonly storesPerPart = STORES_PER_PART;

  constructor(
    private readonly inputs: ReportInputsRepository,
    private readonly fleet: FleetRepository,
    private readonly polls: PollsService,
    private readonly timezones: TimezonesService,
    private readonly settings: Settings,
    private readonly clock: Clock,
  ) {}

  /**
   * The fleet as of an instant. Stores without current rollups are computed from polls, as in reports.
   * @param asOfMs undefined: PollsService.defaultAsOfMs
   * @param hours the heatmap's hours, starting on an hour; undefined: the 168 hours up to as-of, the last one partial
   * @param asked only stores that match, of those that the caller may see
   * @throws DomainError invalid_argument when as-of or the hours reach before the retention horizon
   */
  async get(asOfMs?: number, hours?: Interval, asked?: Filter): Promise<FleetSnapshot> {
    const filter = visibleFilter(asked);
    const key = `${asOfMs} ${hours?.startMs} ${hours?.endMs} ${JSON.stringify(filter)}`;
    const known = this.cached.get(key);
    if (known && performance.now() < known.expiresAtMs) return known.snapshot;
    const startedMs = performance.now();
    // detached from the first client's request, since other clients wait for the same snapshot
    const next: CachedSnapshot = {
      snapshot: outsideRequests(() => this.make(asOfMs, hours, filter)),
      expiresAtMs: Infinity,
    };
    this.cached.delete(key);
    this.cached.set(key, next);
    for (const oldest of [...this.cached.keys()].slice(0, -MAX_CACHED)) this.cached.delete(oldest);
    try {
      const snapshot = await next.snapshot;
      const most = Math.max(1, Math.floor(MAX_CACHED_STORES / snapshot.count));
      for (const oldest of [...this.cached.keys()].slice(0, -most)) this.cached.delete(oldest);
      const costMs = performance.now() - startedMs;
      const ageMs = Math.min(MAX_AGE_MS, Math.max(MIN_AGE_MS, AGE_PER_COST * costMs));
      next.expiresAtMs = startedMs + costMs + ageMs;
      return snapshot;
    } catch (error) {
      if (this.cached.get(key) === next) this.cached.delete(key);
      throw error;
    }
  }

  /** The hours of some stores. */
  async hoursOf(snapshot: FleetSnapshot, indexes: Uint32Array): Promise<readonly StoreHours[]> {
    const { matrix, ids, head } = snapshot;
    if (matrix) return Array.from(indexes, (index) => matrix.hoursOf(index));
    const wanted = Array.from(indexes, (index) => ids[index]);
    const own = await this.fleet.matrix(wanted, wanted, head.hours);
    return wanted.map((_, index) => own.hoursOf(index));
  }

  private async make(asOf?: number, given?: Interval, filter?: Filter): Promise<FleetSnapshot> {
    const computedAtMs = this.clock.nowMs();
    const asOfMs = asOf ?? (await this.polls.defaultAsOfMs());
    const hours = given ?? hoursBefore(asOfMs, WEEK_HOURS);
    const windows = [...standardWindows(asOfMs), { name: 'hours', ...hours }];
    const now: Window = { name: 'now', startMs: asOfMs - 1, endMs: asOfMs };
    const head = { asOfMs, computedAtMs, windows, hours };
    const filtered = filter && (await FilteredStores.read(this.timezones, filter));
    const { storesPerPart } = this;
    const use = async (stores: ReportStores): Promise<FleetSnapshot> => {
      const made = new FleetSnapshot(head, stores.total);
      const take: Take = (index, store, state, parts) => {
        if (!filtered || filtered.has(store.id, state)) made.set(index, store, state, parts);
      };
      if ('inputs' in stores) await this.collect(stores.inputs, [...windows, now], take);
      else await this.collectParts(stores.parts, [...windows, now], take);
      made.removeUnset();
      return made;
    };
    const snapshot = await this.inputs.readStores([...windows, now], use, { ids: filtered?.ids, storesPerPart });
    await this.addHours(snapshot);
    return snapshot;
  }

  private async collectParts(parts: ReportParts, windows: readonly Window[], take: Take): Promise<void> {
    for (let part = 0; part < parts.count; part++) {
      const positions = parts.positions(part);
      const indexes = new Map(Array.from(parts.ids(part), (id, i) => [id, positions[i]]));
      const inputs = await parts.inputs(part);
      await this.collect(inputs, windows, (_, store, ...others) => take(indexes.get(store.id)!, store, ...others));
    }
  }

  /** @param windows the last one is that of the state */
  private async collect(inputs: ReportInputs, windows: readonly Window[], take: Take): Promise<void> {
    let at = 0;
    for await (const batch of reportFigures(inputs, windows, this.settings.pollValidForMs)) {
      for (const figures of batch) {
        const { id, storeId } = inputs.stores[at];
        const parts = figures.windows.map((window) => window.parts);
        const state = stateOf(parts.pop()!);
        const { zone } = inputs.calendars.get(id)!;
        take(at++, { id, storeId, zone }, state, parts);
      }
    }
  }

  private async addHours(snapshot: FleetSnapshot): Promise<void> {
    const { ids, head } = snapshot;
    const sorted = ids.toSorted();
    if (snapshot.count <= this.maxKeptHours) {
      snapshot.matrix = await this.fleet.matrix(ids, spanning(sorted), head.hours);
      snapshot.hours = snapshot.matrix.fleetHours();
      return;
    }
    for (let at = 0; at < sorted.length; at += this.storesPerPart) {
      const part = sorted.subarray(at, at + this.storesPerPart);
      const matrix = await this.fleet.matrix(part, spanning(part), head.hours);
      snapshot.hours = sumOfHours(snapshot.hours, matrix.fleetHours());
    }
  }
}

function sumOfHours(sums: readonly FleetHour[], added: readonly FleetHour[]): readonly FleetHour[] {
  for (const [hour, { parts }] of sums.entries()) addParts(added[hour].parts, parts);
  return added;
}

/** The `count` hours up to an instant; the last one ends at the instant. */
export const hoursBefore = (asOfMs: number, count: number): Interval => ({
  startMs: ceilToHour(asOfMs) - count * HOUR_MS,
  endMs: asOfMs,
});
