import { Injectable } from '@nestjs/common';
import { HOUR_MS, ceilToHour } from '#libs/instant/instant.js';
import type { Interval } from '#libs/intervals/intervals.js';
import type { Window } from '#libs/uptime/windows.js';
import { standardWindows } from '#libs/uptime/windows.js';
import { Clock } from '../../platform/clock/clock.js';
import { Settings } from '../../platform/config/settings.js';
import { outsideRequests } from '../../platform/database/request-scope.js';
import { PollsService } from '../polls/polls.service.js';
import { type ReportInputs, ReportInputsRepository } from '../reports/make/report-inputs.repository.js';
import { reportFigures } from '../reports/make/report-figures.js';
import { FleetRepository } from './fleet.repository.js';
import { FleetSnapshot } from './fleet-snapshot.js';
import { stateOf } from './store-state.js';

/**
 * A snapshot is answered from until it is this many times as old as it took to make, so that making them takes a tenth of a
 * core at most, however many ask and however much changes.
 */
const AGE_FOR_COST = 10;
const LEAST_AGE_MS = 500;
const MOST_AGE_MS = 60_000;
/** At once, of different times. */
const MOST_KEPT = 4;
export const WEEK_HOURS = 168;

interface RetentionHorizon {
  readonly snapshot: Promise<FleetSnapshot>;
  /** On the clock of performance.now(): when another one is made. */
  goodUntilMs: number;
}

/** Makes snapshots of the fleet, and keeps the last ones for a while. */
@Injectable()
export class FleetSnapshots {
  private readonly kept = new Map<string, RetentionHorizon>();

  constructor(
    private readonly facts: ReportInputsRepository,
    private readonly fleet: FleetRepository,
    private readonly polls: PollsService,
    private readonly settings: Settings,
    private readonly clock: Clock,
  ) {}

  /**
   * The fleet as of an instant. Rollups that are not current are computed from polls, as reports do.
   * @param asOfMs undefined: that of PollsService.defaultAsOfMs
   * @param hours  of the heatmap, the first from its start on; undefined: 168, the last of them that of as-of
   * @throws DomainError invalid_argument when polls of that time are not kept any more
   */
  async get(asOfMs?: number, hours?: Interval): Promise<FleetSnapshot> {
    const key = `${asOfMs} ${hours?.startMs} ${hours?.endMs}`;
    const known = this.kept.get(key);
    if (known && performance.now() < known.goodUntilMs) return known.snapshot;
    const startedMs = performance.now();
    // not on behalf of whoever came first: the others wait for it too
    const next: RetentionHorizon = { snapshot: outsideRequests(() => this.make(asOfMs, hours)), goodUntilMs: Infinity };
    this.kept.delete(key);
    this.kept.set(key, next);
    for (const oldest of [...this.kept.keys()].slice(0, -MOST_KEPT)) this.kept.delete(oldest);
    try {
      const snapshot = await next.snapshot;
      const costMs = performance.now() - startedMs;
      const ageMs = Math.min(MOST_AGE_MS, Math.max(LEAST_AGE_MS, AGE_FOR_COST * costMs));
      next.goodUntilMs = startedMs + costMs + ageMs;
      return snapshot;
    } catch (error) {
      if (this.kept.get(key) === next) this.kept.delete(key);
      throw error;
    }
  }

  private async make(asOf?: number, given?: Interval): Promise<FleetSnapshot> {
    const computedAtMs = this.clock.nowMs();
    const asOfMs = asOf ?? (await this.polls.defaultAsOfMs());
    const hours = given ?? hoursBefore(asOfMs, WEEK_HOURS);
    const windows = [...standardWindows(asOfMs), { name: 'hours', ...hours }];
    const now: Window = { name: 'now', startMs: asOfMs - 1, endMs: asOfMs };
    const snapshot = await this.facts.read([...windows, now], undefined, (facts) =>
      this.collect(facts, { asOfMs, computedAtMs, windows, hours }, now),
    );
    const ids = snapshot.stores.map(({ id }) => id);
    snapshot.matrix = await this.fleet.matrix(ids, hours);
    return snapshot;
  }

  private async collect(facts: ReportInputs, head: FleetSnapshot['head'], now: Window): Promise<FleetSnapshot> {
    const snapshot = new FleetSnapshot(head, facts.stores.length);
    for await (const some of reportFigures(facts, [...head.windows, now], this.settings.pollValidForMs)) {
      for (const { storeId, windows } of some) {
        const { id } = facts.stores[snapshot.stores.length];
        const parts = windows.map((window) => window.parts);
        const state = stateOf(parts.pop()!);
        snapshot.add({ id, storeId, zone: facts.calendars.get(id)!.zone }, state, parts);
      }
    }
    return snapshot;
  }
}

/** So many hours up to an instant: the last one is that in which it lies, as far as it has come. */
export const hoursBefore = (asOfMs: number, count: number): Interval => ({
  startMs: ceilToHour(asOfMs) - count * HOUR_MS,
  endMs: asOfMs,
});
