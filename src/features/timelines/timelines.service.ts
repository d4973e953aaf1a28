import { Injectable } from '@nestjs/common';
import { type Calendar, openIntervals } from '#libs/calendar/calendar.js';
import { DAY_MS, HOUR_MS, floorToHour } from '#libs/instant/instant.js';
import type { Interval } from '#libs/intervals/intervals.js';
import { computeHourRows } from '#libs/uptime/hour-rows.js';
import { findOutages } from '#libs/uptime/outages.js';
import { partsOf } from '#libs/uptime/parts.js';
import type { PollColumns } from '#libs/uptime/stretches.js';
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

/** One store in `[startMs, endMs)`, and what its figures rest on. */
export interface Timeline extends Interval {
  readonly storeId: string;
  readonly calendar: Calendar;
  readonly openings: readonly Interval[];
  /** All open time, in order, without gap or overlap. */
  readonly statuses: InOrder<StatusInterval>;
  /** Those taken in the window, inside openings or not. */
  readonly polls: InOrder<Poll>;
  /** Of the hours that lie wholly inside, from the store's first poll on: rollups, or what they will be. */
  readonly hours: readonly RolledHour[];
  /** As a report has them for the same window. */
  readonly totals: WindowFigures;
}

export interface Poll {
  readonly polledAtMs: number;
  readonly isActive: boolean;
}

const TIMELINE = { from: 'from', to: 'to', defaultMs: 7 * DAY_MS, longestMs: 31 * DAY_MS };
const OUTAGES = { ...TIMELINE, longestMs: 400 * DAY_MS };

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
   * @param from text as INSTANT_FORMS say; absent: a week before `to`
   * @param to   absent: that of PollsService.defaultAsOfMs
   * @param page of which the timeline is, when that is not the first
   * @throws DomainError not_found when there is no such store, invalid_argument
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
   * The outages that are going on in `[from, to)`, as known at `to`, oldest first; none is cut off at `from`.
   * @param from text as INSTANT_FORMS say; absent: a week before `to`
   * @param to   absent: that of PollsService.defaultAsOfMs
   * @throws DomainError not_found when there is no such store, invalid_argument
   */
  async outages(storeId: string, from: unknown, to: unknown): Promise<StoreOutage[]> {
    return [...(await this.outagePage(storeId, from, to, undefined, Infinity)).outages];
  }

  /** A page of them. @param start of one that is not the first: behind the start of an outage */
  async outagePage(
    storeId: string,
    from: unknown,
    to: unknown,
    start: PageStart | undefined,
    size: number,
  ): Promise<OutagePage> {
    const { id } = await this.timezones.find(storeId);
    const window = await this.windows.read(from, to, OUTAGES, start?.window);
    const { startMs, endMs } = window;
    const [afterMs] = start?.keys ?? [-Infinity];
    const { calendar, polls } = await this.timelines.readRun(id, startMs, endMs);
    const left = findOutages(calendar, polls, this.settings.pollValidForMs, endMs).filter(
      (outage) => (outage.isOngoing || outage.endMs > startMs) && outage.startMs > afterMs,
    );
    const { items, last } = cutPage(left, size);
    return {
      outages: items.map((outage) => toStoreOutage(storeId, polls, outage)),
      next: last && { window, keys: [last.startMs] },
    };
  }
}

/** All but the one that is carried into the window. */
function pollsFrom({ polledAtMs, active, count }: PollColumns, fromMs: number): InOrder<Poll> {
  const skipped = count > 0 && polledAtMs[0] < fromMs ? 1 : 0;
  return {
    count: count - skipped,
    startMs: (place) => polledAtMs[skipped + place],
    entry: (place) => ({ polledAtMs: polledAtMs[skipped + place], isActive: active[skipped + place] === 1 }),
  };
}

/** The hours that are not rolled up as they should be, up to `toMs`: as the next rollup will have them. */
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
