import type { Basis, StoreState } from '../api/fleet.js';
import { STATES } from '../ui/states.js';
import { basisInQuery, basisOf } from '../ui/basis.js';

export interface Filters {
  /** Part of a store id; empty: all stores. */
  readonly q: string;
  /** Empty: all zones. */
  readonly zone: string;
  readonly state: StoreState | '';
  readonly sort: 'lost' | 'store_id';
  readonly basis: Basis;
  readonly shape: 'heatmap' | 'table';
}

/** The filters in an address. Invalid values fall back to the defaults. */
export function parseFilters(query: URLSearchParams): Filters {
  const state = query.get('state');
  return {
    q: query.get('q') ?? '',
    zone: query.get('zone') ?? '',
    state: STATES.find((each) => each.state === state)?.state ?? '',
    sort: query.get('sort') === 'store_id' ? 'store_id' : 'lost',
    basis: basisOf(query),
    shape: query.get('as') === 'table' ? 'table' : 'heatmap',
  };
}

/** The filters as query parameters of an address. Defaults are empty, and so left out. */
export const toAddress = ({ q, zone, state, sort, basis, shape }: Filters): Record<string, string> => ({
  q,
  zone,
  state,
  sort: sort === 'lost' ? '' : sort,
  basis: basisInQuery(basis),
  as: shape === 'heatmap' ? '' : shape,
});

/** The filters as query parameters of GET /v1/fleet/heatmap. */
export const toRequest = ({ q, zone, state, sort, basis }: Filters) => ({
  sort,
  basis,
  ...(q && { q }),
  ...(zone && { timezone: zone }),
  ...(state && { state }),
});
