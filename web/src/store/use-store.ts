import { type Schemas, unwrap, api } from '../api/client.js';
import type { StoreState } from '../api/fleet.js';
import { type Requested, useRequest } from '../api/use-request.js';
import { type Totals, WINDOWS, type WindowName } from './figures.js';
import { type OpeningBreakdown, breakdownByOpening } from './uptime-breakdown.js';
import { type LocalDay, daysUntil, localDate } from './local-time.js';
import { stateAt } from './state-at.js';
import { type Segment, type StatusInterval, segmentsOf } from './segments.js';

const PAGE_SIZE = 10_000;
const DAYS = 7;
/** Longest range that the API searches for outages. */
const MAX_OUTAGE_RANGE_MS = 400 * 86_400_000;

export type Calendar = Schemas['StoreCalendarDto'];
export type Outage = Schemas['OutageDto'];

/** The data that do not depend on the selected week. */
export interface StoreDetails {
  readonly calendar: Calendar;
  /** End of the report's windows. */
  readonly asOf: string;
  readonly totals: Readonly<Record<WindowName, Totals>>;
  /** State at as-of. */
  readonly state: StoreState;
}

export interface Poll {
  readonly atMs: number;
  readonly isActive: boolean;
}

export interface StoreWeek {
  readonly days: readonly LocalDay[];
  readonly openings: readonly { readonly startMs: number; readonly endMs: number }[];
  readonly segments: readonly Segment[];
  /** All polls, inside and outside openings. */
  readonly polls: readonly Poll[];
  /** End of the data: as-of, or the end of the week. */
  readonly toMs: number;
  readonly outages: readonly Outage[];
  readonly hasMoreOutages: boolean;
}

/** @param asOf from the address; empty: the latest poll, or now if that is earlier */
export function useStoreDetails(storeId: string, asOf: string): Requested<StoreDetails> {
  return useRequest(
    async (signal) => {
      const path = { store_id: storeId };
      const [calendar, week] = await Promise.all([
        unwrap(api.GET('/v1/stores/{store_id}', { params: { path }, signal })),
        // Without `from` the window is a week. The server validates as-of.
        totalsOf(storeId, asOf ? { to: asOf } : {}, signal),
      ]);
      const [hour, day] = await Promise.all(
        WINDOWS.slice(0, 2).map(({ lengthMs }) =>
          totalsOf(storeId, { from: before(week.to, lengthMs), to: week.to }, signal, 'totals,statuses'),
        ),
      );
      const totals = { last_hour: hour.totals!, last_day: day.totals!, last_week: week.totals! };
      return { calendar, asOf: week.to, totals, state: stateAt(week.to, hour.statuses ?? []) };
    },
    [storeId, asOf],
  );
}

/** @param last last local date of the week; empty: the date of as-of */
export function useStoreWeek(
  storeId: string,
  store: StoreDetails | undefined,
  last: string,
): Requested<StoreWeek | undefined> {
  return useRequest(
    async (signal) => {
      if (!store) return undefined;
      const { timezone } = store.calendar;
      const asOfMs = Date.parse(store.asOf);
      // As-of is exclusive.
      const days = daysUntil(last || localDate(asOfMs - 1, timezone), DAYS, timezone);
      const [fromMs, toMs] = [days[0].startMs, Math.min(days.at(-1)!.endMs, asOfMs)];
      if (toMs <= fromMs)
        return { days, openings: [], segments: [], polls: [], toMs: fromMs, outages: [], hasMoreOutages: false };
      const window = { from: new Date(fromMs).toISOString(), to: new Date(toMs).toISOString() };
      // An outage of a past week may end after that week.
      const known = { from: window.from, to: new Date(Math.min(asOfMs, fromMs + MAX_OUTAGE_RANGE_MS)).toISOString() };
      const [timeline, outages] = await Promise.all([
        timelineOf(storeId, window, signal),
        unwrap(
          api.GET('/v1/stores/{store_id}/outages', { params: { path: { store_id: storeId }, query: known }, signal }),
        ),
      ]);
      const started = outages.outages.filter(({ start }) => Date.parse(start) < toMs);
      return {
        days,
        openings: timeline.openings.map(intervalOf),
        segments: segmentsOf(timeline.statuses),
        polls: timeline.polls.map((poll) => ({ atMs: Date.parse(poll.polled_at), isActive: poll.status === 'active' })),
        toMs,
        outages: started,
        hasMoreOutages: outages.next_page_token !== null && started.length === outages.outages.length,
      };
    },
    [storeId, store?.asOf, store?.calendar, last],
  );
}

const before = (instant: string, ms: number): string => new Date(Date.parse(instant) - ms).toISOString();

const totalsOf = (storeId: string, window: { from?: string; to?: string }, signal: AbortSignal, include = 'totals') =>
  unwrap(
    api.GET('/v1/stores/{store_id}/timeline', {
      params: { path: { store_id: storeId }, query: { ...window, include, page_size: PAGE_SIZE } },
      signal,
    }),
  );

const intervalOf = ({ start, end }: Schemas['OpeningDto']) => ({ startMs: Date.parse(start), endMs: Date.parse(end) });

/** The openings of a window with their breakdown. @param window undefined: loads nothing */
export function useOpenings(
  storeId: string,
  window: { from: string; to: string } | undefined,
  zone: string,
): Requested<OpeningBreakdown[]> {
  return useRequest(
    async (signal) => {
      if (!window) return [];
      const { openings, statuses } = await timelineOf(storeId, window, signal);
      return breakdownByOpening(openings.map(intervalOf), segmentsOf(statuses), zone);
    },
    [storeId, window?.from, window?.to, zone],
  );
}

/** The timeline of a window, from all pages. */
async function timelineOf(storeId: string, window: { from: string; to: string }, signal: AbortSignal) {
  const openings: Schemas['OpeningDto'][] = [];
  const statuses: StatusInterval[] = [];
  const polls: Schemas['PollTakenDto'][] = [];
  for (let token: string | null = ''; token !== null;) {
    const query: object = { ...window, include: 'openings,statuses,polls', page_size: PAGE_SIZE, page_token: token };
    const page: Schemas['TimelineDto'] = await unwrap(
      api.GET('/v1/stores/{store_id}/timeline', { params: { path: { store_id: storeId }, query }, signal }),
    );
    openings.push(...(page.openings ?? []));
    statuses.push(...(page.statuses ?? []));
    polls.push(...(page.polls ?? []));
    token = page.next_page_token;
  }
  return { openings, statuses, polls };
}
