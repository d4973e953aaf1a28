import type { UptimeBreakdown } from '#libs/uptime/breakdown.js';

/**
 * How a store is at an instant, by what is known of the ms before it. up and down were observed; silent: open, but no poll says
 * how it is (carried, or never polled); closed: outside its business hours.
 */
export const STORE_STATES = ['up', 'down', 'silent', 'closed'] as const;
export type StoreState = (typeof STORE_STATES)[number];

/** @param parts of that ms */
export function stateOf({ openMs, upMs, downMs }: Readonly<UptimeBreakdown>): StoreState {
  if (openMs === 0) return 'closed';
  if (upMs > 0) return 'up';
  return downMs > 0 ? 'down' : 'silent';
}
