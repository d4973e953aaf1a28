import { Injectable } from '@nestjs/common';
import { HOUR_MS, ceilToHour } from '#libs/instant/instant.js';
import type { Interval } from '#libs/intervals/intervals.js';
import type { Window } from '#libs/uptime/windows.js';
import { standardWindows } from '#libs/uptime/windows.js';
import { Clock } from '../../platform/clock/clock.js';
import { Settings } from '../../platform/config/settings.js';
import { outsideRequests } from '../../platform/database/request-scope.js';
import { PollsService } from '../polls/polls.service.js';
import type { ReportInputs } from '../reports/make/report-inputs.js';
import { ReportInputsRepository } from '../reports/make/report-inputs.repository.js';
import { reportFigures } from '../reports/make/report-figures.js';
import { FleetRepository } from './fleet.repository.js';
import { FleetSnapshot } from './fleet-snapshot.js';
import { stateOf } from './store-state.js';

/**
 * A snapshot is served until its age is this multiple of the time it took to compute. Computing snapshots then uses at
 * most about a tenth of a core, however many clients ask.
 */
const AGE_PER_COST = 10;
const MIN_AGE_MS = 500;
const MAX_AGE_MS = 60_000;
/** The most snapshots of different times in the cache. */
const MAX_CACHED = 4;
export const WEEK_HOURS = 168;

interface CachedSnapshot {
  readonly snapshot: Promise<FleetSnapshot>;
  /** When it expires, on the clock of performance.now(). */
  expiresAtMs: number;
}

/** Computes snapshots of the fleet and caches the last ones. */
@Injectable()
export class FleetSnapshots {
  private readonly cached = new Map<string, CachedSnapshot>();

  constructor(
    private readonly inputs: ReportInputsRepository,
    private readonly fleet: FleetRepository,
    private readonly polls: PollsService,
    private readonly settings: Settings,
    private readonly clock: Clock,
  ) {}

  /**
   * The fleet as of an instant. Stores without current rollups are computed from polls, as in reports.
   * @param asOfMs undefined: PollsService.defaultAsOfMs
   * @param hours the heatmap's hours, starting on an hour; undefined: the 168 hours up to as-of, the last one partial
   * @throws DomainError invalid_argument when as-of or the hours reach before the retention horizon
   */
  async get(asOfMs?: number, hours?: Interval): Promise<FleetSnapshot> {
    const key = `${asOfMs} ${hours?.startMs} ${hours?.endMs}`;
    const known = this.cached.get(key);
    if (known && performance.now() < known.expiresAtMs) return known.snapshot;
    const startedMs = performance.now();
    // detached from the first client's request, since other clients wait for the same snapshot
    const next: CachedSnapshot = { snapshot: outsideRequests(() => this.make(asOfMs, hours)), expiresAtMs: Infinity };
    this.cached.delete(key);
    this.cached.set(key, next);
    for (const oldest of [...this.cached.keys()].slice(0, -MAX_CACHED)) this.cached.delete(oldest);
    try {
      const snapshot = await next.snapshot;
      const costMs = performance.now() - startedMs;
      const ageMs = Math.min(MAX_AGE_MS, Math.max(MIN_AGE_MS, AGE_PER_COST * costMs));
      next.expiresAtMs = startedMs + costMs + ageMs;
      return snapshot;
    } catch (error) {
      if (this.cached.get(key) === next) this.cached.delete(key);
      throw error;
    }
  }

  private async make(asOf?: number, given?: Interval): Promise<FleetSnapshot> {
    const computedAtMs = this.clock.nowMs();
    const asOfMs = asOf ?? (await this.polls.defaultAsOfMs());
    const hours = given ?? hoursBefore(asOfMs, WEEK_HOURS);
    const windows = [...standardWindows(asOfMs), { name: 'hours', ...hours }];
    const now: Window = { name: 'now', startMs: asOfMs - 1, endMs: asOfMs };
    const snapshot = await this.inputs.read([...windows, now], (inputs) =>
      this.collect(inputs, { asOfMs, computedAtMs, windows, hours }, now),
    );
    const ids = snapshot.stores.map(({ id }) => id);
    snapshot.matrix = await this.fleet.matrix(ids, hours);
    return snapshot;
  }

  private async collect(inputs: ReportInputs, head: FleetSnapshot['head'], now: Window): Promise<FleetSnapshot> {
    const snapshot = new FleetSnapshot(head, inputs.stores.length);
    for await (const batch of reportFigures(inputs, [...head.windows, now], this.settings.pollValidForMs)) {
      for (const { storeId, windows } of batch) {
        const { id } = inputs.stores[snapshot.stores.length];
        const parts = windows.map((window) => window.parts);
        const state = stateOf(parts.pop()!);
        snapshot.add({ id, storeId, zone: inputs.calendars.get(id)!.zone }, state, parts);
      }
    }
    return snapshot;
  }
}

/** The `count` hours up to an instant; the last one ends at the instant. */
export const hoursBefore = (asOfMs: number, count: number): Interval => ({
  startMs: ceilToHour(asOfMs) - count * HOUR_MS,
  endMs: asOfMs,
});
