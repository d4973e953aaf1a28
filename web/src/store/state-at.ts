import type { StoreState } from '../api/fleet.js';
import type { StatusInterval } from './segments.js';

/**
 * The state of a store at an instant, as in the fleet: that of the millisecond before it.
 * @param statuses of a window that ends at the instant, in ascending order
 */
export function stateAt(instant: string, statuses: readonly StatusInterval[]): StoreState {
  const last = statuses.at(-1);
  if (last?.end !== instant) return 'closed';
  if (last.kind !== 'observed') return 'silent';
  return last.status === 'active' ? 'up' : 'down';
}
