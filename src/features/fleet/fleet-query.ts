import { canonicalZone } from '#libs/calendar/zone.js';
import { invalidArgument, quoteValue } from '#libs/errors.js';
import type { Filter } from '#libs/filter/filter.js';
import type { Basis } from '#libs/uptime/breakdown.js';
import { readStoreFilter } from '../../edge/filter/store-filter.js';
import { isGiven, readBasis, readOneOf, readZone } from '../../edge/input/input.js';
import { type PageSizes, decodeNumbers, encodeNumbers, readPageSize } from '../../edge/paging/page-token.js';
import { type StoreState, STORE_STATES } from './store-state.js';

export const HEATMAP_PAGE: PageSizes = { default: 200, max: 1_000 };
export const SORTS = ['lost', 'store_id'] as const;

/** A heatmap request, as decoded by a transport; an absent field takes its default. */
export interface HeatmapQuery {
  readonly from?: unknown;
  readonly to?: unknown;
  readonly basis?: unknown;
  readonly q?: string | undefined;
  readonly timezone?: string | undefined;
  readonly state?: unknown;
  readonly filter?: unknown;
  readonly sort?: unknown;
  readonly pageSize?: string | number | undefined;
  readonly pageToken?: string | undefined;
}

/** The start of a page: after the store with this lost time and database id. */
export interface FleetCursor {
  readonly lostMs: number;
  readonly id: number;
}

export interface StoreFilter {
  readonly basis: Basis;
  /** A part of the store id, in lower case. */
  readonly text: string | undefined;
  /** The canonical name of the zone; stores under its other names match too. */
  readonly zone: string | undefined;
  readonly state: StoreState | undefined;
  readonly stores: Filter | undefined;
  readonly sort: (typeof SORTS)[number];
  readonly size: number;
  readonly after: FleetCursor | undefined;
}

/** @throws DomainError invalid_argument */
export function readFilter(query: HeatmapQuery): StoreFilter {
  const [lostMs, id] = decodeNumbers(query.pageToken, 2) ?? [];
  return {
    basis: readBasis(query.basis),
    text: query.q?.toLowerCase() || undefined,
    zone: isGiven(query.timezone) ? canonicalZone(readZone(query.timezone)) : undefined,
    state: readOneOf('state', query.state, STORE_STATES),
    stores: readStoreFilter(query.filter, STORE_STATES),
    sort: readOneOf('sort', query.sort, SORTS) ?? 'lost',
    size: readPageSize(query.pageSize, HEATMAP_PAGE),
    after: lostMs === undefined || id === undefined ? undefined : { lostMs, id },
  };
}

export const encodeCursor = ({ lostMs, id }: FleetCursor): string => encodeNumbers(lostMs, id);

/** The maximum number of events of a stream. @throws DomainError invalid_argument */
export function readLimit(value: string | undefined): number {
  if (value === undefined) return Infinity;
  if (/^[1-9]\d{0,8}$/.test(value)) return Number(value);
  throw invalidArgument('limit', `limit must be a whole number from 1, got ${quoteValue(value)}.`);
}
