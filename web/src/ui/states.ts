import type { StoreState } from '../api/fleet.js';

/** The states of a store, worst first as they are filtered, with a sign beside the colour. */
export const STATES: readonly { state: StoreState; name: string; sign: string; meaning: string }[] = [
  { state: 'up', name: 'Up', sign: '▲', meaning: 'open, and the last poll found them active' },
  { state: 'down', name: 'Down', sign: '▼', meaning: 'open, and the last poll found them inactive' },
  { state: 'silent', name: 'Silent', sign: '▨', meaning: 'open, and no poll tells how they are' },
  { state: 'closed', name: 'Closed', sign: '○', meaning: 'outside their business hours' },
];
