import type { StoreState } from '../api/fleet.js';
import type { StatusInterval } from './stretches.js';

/**
 * How a store is at an instant, as the fleet has it: what the ms before it was.
 * @param statuses of a window that ends with the instant, in the order of time
 */
export function stateAt(instant: string, statuses: readonly StatusInterval[]): StoreState {
  const last = statuses.at(-1);
  if (last?.end !== instant) return 'closed';
  if (last.kind !== 'observed') return 'silent';
  return last.status === 'active' ? 'up' : 'down';
}
