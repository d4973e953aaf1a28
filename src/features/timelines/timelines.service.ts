import { Injectable } from '@nestjs/common';
import { type Calendar, openIntervals } from '#libs/calendar/calendar.js';
import { DAY_MS, HOUR_MS, floorToHour } from '#libs/instant/instant.js';
import type { Interval } from '#libs/intervals/intervals.js';
import { computeHourRows } from '#libs/uptime/hour-rows.js';
import { findOutages } from '#libs/uptime/outages.js';
import { partsOf } from '#libs/uptime/breakdown.js';
import type { PollColumns } from '#libs/uptime/segments.js';
import { type WindowFigures, figuresFromPolls } from '#libs/uptime/window-parts.js';
import { Settings } from '../../platform/config/settings.js';
import { TimezonesService } from '../timezones/timezones.service.js';
import type { InOrder } from './in-order.js';
import type { PageStart } from './page-start.js';
import { StatusColumns, type StatusInterval } from './status-columns.js';
import { type OutagePage, type StoreOutage, toStoreOutage } from './store-outage.js';
import { TimeWindows } from './time-windows.js';
import { type RolledHour, type StoreFacts, TimelinesRepository } from './timelines.repository.js';
import { cutPage } from '../../edge/paging/page.js';

/** One store in `[startMs, endMs)`, with the data behind its figures. */
export interface Timeline extends Interval {
  readonly storeId: string;
  readonly calendar: Calendar;
  readonly openings: readonly Interval[];
  /** All open time, in order, without gap or overlap. */
  readonly statuses: InOrder<StatusInterval>;
  /** Polls in the window, inside openings or not. */
  readonly polls: InOrder<Poll>;
  /** Whole hours in the window, from the store's first poll on: rollups, or the values that rollups will have. */
  readonly hours: readonly RolledHour[];
  /** The figures of a report for the same window. */
  readonly totals: WindowFigures;
}

export interface Poll {
  readonly polledAtMs: number;
  readonly isActive: boolean;
}

const TIMELINE = { from: 'from', to: 'to', defaultMs: 7 * DAY_MS, maxMs: 31 * DAY_MS };
const OUTAGES = { ...TIMELINE, maxMs: 400 * DAY_MS };

/** Explains one store's figures: its openings, statuses, hours and outages. */
@Injectable()
export class TimelinesService {
  constructor(
    private readonly timelines: TimelinesRepository,
    private readonly timezones: TimezonesService,
    private readonly windows: TimeWindows,
    private readonly settings: Settings,
  ) {}

  /**
   * @param from text in one of INSTANT_FORMS; absent: a week before `to`
   * @param to absent: PollsService.defaultAsOfMs
   * @param page the start of a later page
   * @throws DomainError not_found for an unknown store, invalid_argument
   */
  async timeline(storeId: string, from: unknown, to: unknown, page?: PageStart): Promise<Timeline> {
    const { id } = await this.timezones.find(storeId);
    const { startMs, endMs } = await this.windows.read(from, to, TIMELINE, page?.window);
    const { pollValidForMs } = this.settings;
    const facts = await this.timelines.read(id, startMs, endMs);
    const { calendar, polls } = facts;
    return {
      storeId,
      startMs,
      endMs,
      calendar,
      openings: openIntervals(calendar, startMs, endMs),
      statuses: new StatusColumns(calendar, polls, pollValidForMs, startMs, endMs),
      polls: pollsFrom(polls, startMs),
      hours: [...facts.hours, ...computedHours(facts, pollValidForMs, floorToHour(endMs))],
      totals: figuresFromPolls(calendar, polls, pollValidForMs, startMs, endMs),
    };
  }

  /**
   * The outages that overlap `[from, to)`, as known at `to`, oldest first. None is cut off at `from`.
   * @param from text in one of INSTANT_FORMS; absent: a week before `to`
   * @param to absent: PollsService.defaultAsOfMs
   * @throws DomainError not_found for an unknown store, invalid_argument
   */
  async outages(storeId: string, from: unknown, to: unknown): Promise<StoreOutage[]> {
    return [...(await this.outagePage(storeId, Infinity, { from, to })).outages];
  }

  /** A page of these outages. @param start the start of a later page: after an outage's start */
  async outagePage(
    storeId: string,
    size: number,
    { from, to, start }: { from?: unknown; to?: unknown; start?: PageStart | undefined } = {},
  ): Promise<OutagePage> {
    const { id, name } = await this.timezones.find(storeId);
    const window = await this.windows.read(from, to, OUTAGES, start?.window);
    const { startMs, endMs } = window;
    const [afterMs] = start?.keys ?? [-Infinity];
    const { calendar, polls } = await this.timelines.readRun(id, startMs, endMs);
    const remaining = findOutages(calendar, polls, this.settings.pollValidForMs, endMs).filter(
      (outage) => (outage.isOngoing || outage.endMs > startMs) && outage.startMs > afterMs,
    );
    const { items, last } = cutPage(remaining, size);
    return {
      outages: items.map((outage) => toStoreOutage({ storeId, name }, polls, outage)),
      next: last && { window, keys: [last.startMs] },
    };
  }
}

/** The polls without the one carried into the window. */
function pollsFrom({ polledAtMs, active, count }: PollColumns, fromMs: number): InOrder<Poll> {
  const skipped = count > 0 && polledAtMs[0] < fromMs ? 1 : 0;
  return {
    count: count - skipped,
    startMs: (index) => polledAtMs[skipped + index],
    entry: (index) => ({ polledAtMs: polledAtMs[skipped + index], isActive: active[skipped + index] === 1 }),
  };
}

/** The hours up to `toMs` without a current rollup, as the next roll-up will compute them. */
function computedHours({ calendar, polls, rolledToMs }: StoreFacts, validForMs: number, toMs: number): RolledHour[] {
  if (polls.count === 0) return [];
  const firstMs = Math.max(rolledToMs, floorToHour(polls.polledAtMs[0]));
  if (firstMs >= toMs) return [];
  const openings = openIntervals(calendar, firstMs - validForMs, toMs);
  const rows = computeHourRows(polls, openings, validForMs, firstMs, toMs);
  return Array.from({ length: rows.count }, (_, hour) => ({
    hourMs: firstMs + hour * HOUR_MS,
    parts: partsOf(
      rows.openMs[hour],
      rows.upMs[hour],
      rows.downMs[hour],
      rows.carriedUpMs[hour],
      rows.carriedDownMs[hour],
    ),
    polls: rows.polls[hour],
  }));
}
