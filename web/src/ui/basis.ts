import type { Basis } from '../api/fleet.js';

/** What an address names; anything else is `observed`, so that silence does not look like downtime. */
export const basisOf = (query: URLSearchParams): Basis => (query.get('basis') === 'all' ? 'all' : 'observed');

/** The basis as it is written in an address: the usual one is not. */
export const basisInQuery = (basis: Basis): string => (basis === 'all' ? basis : '');
