import type { Basis, StoreState } from '../api/fleet.js';
import { STATES } from '../ui/states.js';
import { basisInQuery, basisOf } from '../ui/basis.js';

export interface Filters {
  /** A part of the store id; empty: all. */
  readonly q: string;
  /** Empty: all. */
  readonly zone: string;
  readonly state: StoreState | '';
  readonly sort: 'lost' | 'store_id';
  readonly basis: Basis;
  readonly shape: 'heatmap' | 'table';
}

/** The filters that an address names; what it names wrongly is left out. */
export function filtersOf(query: URLSearchParams): Filters {
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

/** As in an address: what is usual is empty, and so left out. */
export const inAddress = ({ q, zone, state, sort, basis, shape }: Filters): Record<string, string> => ({
  q,
  zone,
  state,
  sort: sort === 'lost' ? '' : sort,
  basis: basisInQuery(basis),
  as: shape === 'heatmap' ? '' : shape,
});

/** As GET /v1/fleet/heatmap wants them. */
export const inRequest = ({ q, zone, state, sort, basis }: Filters) => ({
  sort,
  basis,
  ...(q && { q }),
  ...(zone && { timezone: zone }),
  ...(state && { state }),
});
