import { type Schemas, answered, api } from '../api/client.js';
import type { StoreState } from '../api/fleet.js';
import { type Requested, useRequest } from '../api/use-request.js';
import { type Totals, WINDOWS, type WindowName } from './figures.js';
import { type OpeningParts, partsByOpening } from './opening-parts.js';
import { type LocalDay, daysUntil, localDate } from './local-time.js';
import { stateAt } from './state-at.js';
import { type Stretch, type StatusInterval, stretchesOf } from './stretches.js';

const LONGEST_PAGE = 10_000;
const DAYS = 7;
/** As far as the API looks for outages at once. */
const MOST_OUTAGES_MS = 400 * 86_400_000;

export type Calendar = Schemas['StoreCalendarDto'];
export type Outage = Schemas['OutageDto'];

/** What is the same whatever week is looked at. */
export interface StoreFacts {
  readonly calendar: Calendar;
  /** End of the report's windows. */
  readonly asOf: string;
  readonly totals: Readonly<Record<WindowName, Totals>>;
  /** At as-of. */
  readonly state: StoreState;
}

export interface Poll {
  readonly atMs: number;
  readonly isActive: boolean;
}

export interface StoreWeek {
  readonly days: readonly LocalDay[];
  readonly openings: readonly { readonly startMs: number; readonly endMs: number }[];
  readonly stretches: readonly Stretch[];
  /** Inside openings or not. */
  readonly polls: readonly Poll[];
  /** Where what is known ends. */
  readonly toMs: number;
  readonly outages: readonly Outage[];
  readonly hasMoreOutages: boolean;
}

/** @param asOf from the address; empty: the latest poll, or now if that is earlier */
export function useStoreFacts(storeId: string, asOf: string): Requested<StoreFacts> {
  return useRequest(
    async (signal) => {
      const path = { store_id: storeId };
      const [calendar, week] = await Promise.all([
        answered(api.GET('/v1/stores/{store_id}', { params: { path }, signal })),
        // a week, when nobody says from when; what is wrong with as-of, the server tells
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

/** @param last local date with which the week ends; empty: that of as-of */
export function useStoreWeek(
  storeId: string,
  facts: StoreFacts | undefined,
  last: string,
): Requested<StoreWeek | undefined> {
  return useRequest(
    async (signal) => {
      if (!facts) return undefined;
      const { timezone } = facts.calendar;
      const asOfMs = Date.parse(facts.asOf);
      // an instant before as-of is the last one that is known of
      const days = daysUntil(last || localDate(asOfMs - 1, timezone), DAYS, timezone);
      const [fromMs, toMs] = [days[0].startMs, Math.min(days.at(-1)!.endMs, asOfMs)];
      if (toMs <= fromMs)
        return { days, openings: [], stretches: [], polls: [], toMs: fromMs, outages: [], hasMoreOutages: false };
      const window = { from: new Date(fromMs).toISOString(), to: new Date(toMs).toISOString() };
      // those of a week that is over may have ended after it
      const known = { from: window.from, to: new Date(Math.min(asOfMs, fromMs + MOST_OUTAGES_MS)).toISOString() };
      const [timeline, outages] = await Promise.all([
        timelineOf(storeId, window, signal),
        answered(
          api.GET('/v1/stores/{store_id}/outages', { params: { path: { store_id: storeId }, query: known }, signal }),
        ),
      ]);
      const begun = outages.outages.filter(({ start }) => Date.parse(start) < toMs);
      return {
        days,
        openings: timeline.openings.map(intervalOf),
        stretches: stretchesOf(timeline.statuses),
        polls: timeline.polls.map((poll) => ({ atMs: Date.parse(poll.polled_at), isActive: poll.status === 'active' })),
        toMs,
        outages: begun,
        hasMoreOutages: outages.next_page_token !== null && begun.length === outages.outages.length,
      };
    },
    [storeId, facts?.asOf, facts?.calendar, last],
  );
}

const before = (instant: string, ms: number): string => new Date(Date.parse(instant) - ms).toISOString();

const totalsOf = (storeId: string, window: { from?: string; to?: string }, signal: AbortSignal, include = 'totals') =>
  answered(
    api.GET('/v1/stores/{store_id}/timeline', {
      params: { path: { store_id: storeId }, query: { ...window, include, page_size: LONGEST_PAGE } },
      signal,
    }),
  );

const intervalOf = ({ start, end }: Schemas['OpeningDto']) => ({ startMs: Date.parse(start), endMs: Date.parse(end) });

/** What the figures of a window rest on. @param window undefined: nobody wants to know yet */
export function useOpenings(
  storeId: string,
  window: { from: string; to: string } | undefined,
  zone: string,
): Requested<OpeningParts[]> {
  return useRequest(
    async (signal) => {
      if (!window) return [];
      const { openings, statuses } = await timelineOf(storeId, window, signal);
      return partsByOpening(openings.map(intervalOf), stretchesOf(statuses), zone);
    },
    [storeId, window?.from, window?.to, zone],
  );
}

/** All pages of it. */
async function timelineOf(storeId: string, window: { from: string; to: string }, signal: AbortSignal) {
  const openings: Schemas['OpeningDto'][] = [];
  const statuses: StatusInterval[] = [];
  const polls: Schemas['PollTakenDto'][] = [];
  for (let token: string | null = ''; token !== null;) {
    const query: object = { ...window, include: 'openings,statuses,polls', page_size: LONGEST_PAGE, page_token: token };
    const page: Schemas['TimelineDto'] = await answered(
      api.GET('/v1/stores/{store_id}/timeline', { params: { path: { store_id: storeId }, query }, signal }),
    );
    openings.push(...(page.openings ?? []));
    statuses.push(...(page.statuses ?? []));
    polls.push(...(page.polls ?? []));
    token = page.next_page_token;
  }
  return { openings, statuses, polls };
}
