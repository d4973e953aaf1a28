import type { UptimeBreakdown } from '#libs/uptime/breakdown.js';

/**
 * A store's state at an instant, from the millisecond before it. up and down: observed; silent: open without a recent
 * poll (carried, or never polled); closed: outside its business hours.
 */
export const STORE_STATES = ['up', 'down', 'silent', 'closed'] as const;
export type StoreState = (typeof STORE_STATES)[number];

/** @param parts of that millisecond */
export function stateOf({ openMs, upMs, downMs }: Readonly<UptimeBreakdown>): StoreState {
  if (openMs === 0) return 'closed';
  if (upMs > 0) return 'up';
  return downMs > 0 ? 'down' : 'silent';
}
