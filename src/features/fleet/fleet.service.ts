import { Injectable } from '@nestjs/common';
import { invalidArgument } from '#libs/errors.js';
import { DAY_MS, floorToHour, formatInstant } from '#libs/instant/instant.js';
import { readInstant } from '#libs/instant/read-instant.js';
import type { Interval } from '#libs/intervals/intervals.js';
import { type Basis, type UptimeBreakdown, downtimeMs } from '#libs/uptime/breakdown.js';
import { standardWindows, type Window } from '#libs/uptime/windows.js';
import { Clock } from '../../platform/clock/clock.js';
import { Settings } from '../../platform/config/settings.js';
import { PollsService } from '../polls/polls.service.js';
import type { NameAndTags } from '../timezones/names-and-tags.js';
import { NamesService } from '../timezones/names.service.js';
import { TimeWindows } from '../timelines/time-windows.js';
import { readGroupBy } from '../reports/request/report-columns.js';
import { type FleetGroup, FleetGroups } from './fleet-groups.js';
import type { FleetStore } from './fleet-snapshot.js';
import { FleetWork, type Work } from './fleet-work.js';
import { FleetSnapshots, WEEK_HOURS, hoursBefore } from './fleet-snapshots.js';
import type { FleetHour, StoreHours } from './hour-matrix.js';
import { type HeatmapQuery, encodeCursor, readFilter } from './fleet-query.js';
import { pageOfRanking, ranked } from './ranking.js';
import { type StoreState, STORE_STATES } from './store-state.js';
import { readStoreFilter } from '../../edge/filter/store-filter.js';
import { isGiven, readBasis } from '../../edge/input/input.js';

const HEATMAP = { from: 'from', to: 'to', defaultMs: 7 * DAY_MS, maxMs: 31 * DAY_MS };

/** A request for the summary, as decoded by a transport. */
export interface SummaryQuery {
  readonly asOf?: unknown;
  readonly basis?: unknown;
  readonly filter?: unknown;
  readonly groupBy?: unknown;
}

export interface FleetWindow extends Window {
  readonly parts: Readonly<UptimeBreakdown>;
  /** By the requested basis. */
  readonly lostMs: number;
  readonly storesWithLoss: number;
}

export interface FleetSummary {
  readonly asOfMs: number;
  readonly latestPollMs: number | undefined;
  readonly computedAtMs: number;
  readonly basis: Basis;
  readonly pollValidForMs: number;
  readonly total: number;
  readonly counts: Readonly<Record<StoreState, number>>;
  /** Undefined: group_by was not given. */
  readonly groupBy: readonly string[] | undefined;
  readonly groups: readonly FleetGroup[] | undefined;
  readonly windows: readonly FleetWindow[];
  readonly hours: readonly FleetHour[];
  readonly work: Work;
}

export interface HeatmapRow extends StoreHours, NameAndTags {
  readonly store: FleetStore;
  readonly state: StoreState;
  readonly lostMs: number;
  readonly parts: Readonly<UptimeBreakdown>;
}

export interface Heatmap {
  /** From the start of the first hour to as-of. */
  readonly hours: Interval;
  readonly basis: Basis;
  /** The number of matching stores, on all pages. */
  readonly total: number;
  readonly rows: readonly HeatmapRow[];
  readonly nextPageToken: string | undefined;
}

/** Open time without a recent poll: carried and unknown. */
export const silentMs = ({ openMs, upMs, downMs }: Readonly<UptimeBreakdown>): number => openMs - upMs - downMs;

/** An overview of all stores. */
@Injectable()
export class FleetService {
  constructor(
    private readonly snapshots: FleetSnapshots,
    private readonly groups: FleetGroups,
    private readonly names: NamesService,
    private readonly windows: TimeWindows,
    private readonly polls: PollsService,
    private readonly work: FleetWork,
    private readonly settings: Settings,
    private readonly clock: Clock,
  ) {}

  /**
   * The state of the fleet, and how much open time it lost. The parts of each window are the sums of a report with the
   * same as-of.
   * @param asOf text in one of INSTANT_FORMS; absent: PollsService.defaultAsOfMs
   * @param given filter: text of a filter of stores; absent: all stores. groupBy: tags such as tags.region; absent: no groups
   * @throws DomainError invalid_argument
   */
  async summary({ asOf, basis, filter, ...given }: SummaryQuery): Promise<FleetSummary> {
    const counted = readBasis(basis);
    const groupBy = readGroupBy(given.groupBy);
    const asOfMs = isGiven(asOf)
      ? readInstant('as_of', asOf, this.clock.nowMs(), 'lies in the future; now it is')
      : undefined;
    const [snapshot, extent, work] = await Promise.all([
      this.snapshots.get(asOfMs, undefined, readStoreFilter(filter, STORE_STATES)),
      this.polls.extent(),
      this.work.now(),
    ]);
    const { head } = snapshot;
    return {
      asOfMs: head.asOfMs,
      latestPollMs: extent?.latestMs,
      computedAtMs: head.computedAtMs,
      basis: counted,
      pollValidForMs: this.settings.pollValidForMs,
      total: snapshot.count,
      counts: snapshot.counts(),
      groupBy,
      groups: groupBy && (await this.groups.of(snapshot, groupBy)),
      windows: standardWindows(head.asOfMs).map((window, index) => {
        const { parts, storesWithLoss } = snapshot.total(index, counted);
        return { ...window, parts, lostMs: downtimeMs(parts, counted), storesWithLoss };
      }),
      hours: snapshot.hours,
      work,
    };
  }

  /** A page of stores with the hours of a window. @throws DomainError invalid_argument */
  async heatmap(query: HeatmapQuery): Promise<Heatmap> {
    const filter = readFilter(query);
    const hours = await this.hoursOf(query);
    const snapshot = await this.snapshots.get(hours?.endMs, hours, filter.stores);
    const all = await ranked(snapshot, filter);
    const { page, isLast } = pageOfRanking(all, snapshot, filter);
    const shares = await this.snapshots.hoursOf(snapshot, page);
    const names = await this.names.named(Array.from(page, (index) => snapshot.ids[index]));
    const rows = shares.map((row, i) => ({
      ...row,
      ...(names.get(snapshot.ids[page[i]]) ?? { name: null, tags: {} }),
      store: snapshot.store(page[i]),
      state: snapshot.state(page[i]),
      lostMs: snapshot.lostMs(page[i], filter.basis),
      parts: snapshot.parts(page[i]),
    }));
    const last = rows.at(-1);
    return {
      hours: snapshot.head.hours,
      basis: filter.basis,
      total: all.length,
      rows,
      nextPageToken: isLast || !last ? undefined : encodeCursor({ lostMs: last.lostMs, id: last.store.id }),
    };
  }

  /** The requested hours; undefined: those of the summary. */
  private async hoursOf({ from, to }: HeatmapQuery): Promise<Interval | undefined> {
    if (!from && !to) return undefined;
    const { startMs, endMs } = await this.windows.read(from, to, HEATMAP);
    if (!from) return { startMs: Math.max(floorToHour(startMs), hoursBefore(endMs, WEEK_HOURS).startMs), endMs };
    const hours = { startMs: floorToHour(startMs), endMs };
    if (hours.startMs < hours.endMs) return hours;
    throw invalidArgument('from', `from must be before to, got ${formatInstant(startMs)} for both.`);
  }
}
