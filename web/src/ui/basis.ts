import type { Basis } from '../api/fleet.js';

/** The basis in an address. The default is `observed`, so that time without recent data does not look like downtime. */
export const basisOf = (query: URLSearchParams): Basis => (query.get('basis') === 'all' ? 'all' : 'observed');

/** The basis as an address has it. The default is left out. */
export const basisInQuery = (basis: Basis): string => (basis === 'all' ? basis : '');
