import { canonicalZone } from '#libs/calendar/zone.js';
import { downtimeMs } from '#libs/uptime/breakdown.js';
import type { FleetSnapshot } from './fleet-snapshot.js';
import type { StoreFilter } from './fleet-query.js';

export interface Ranked {
  readonly index: number;
  readonly lostMs: number;
}

/**
 * The stores that match a filter, in its order: most lost time first, or by id. Equal lost times are ordered by id.
 * @param window the window of the lost time
 */
export function ranked(snapshot: FleetSnapshot, window: number, filter: StoreFilter): Ranked[] {
  const found: Ranked[] = [];
  for (const [index, { storeId, zone }] of snapshot.stores.entries()) {
    if (filter.state !== undefined && snapshot.state(index) !== filter.state) continue;
    if (filter.zone !== undefined && canonicalZone(zone) !== filter.zone) continue;
    if (filter.text !== undefined && !storeId.toLowerCase().includes(filter.text)) continue;
    found.push({ index, lostMs: downtimeMs(snapshot.parts(index, window), filter.basis) });
  }
  // indexes are in the order of store ids
  return filter.sort === 'lost' ? found.sort((a, b) => b.lostMs - a.lostMs || a.index - b.index) : found;
}

/** The stores of a page. @returns isLast: whether this is the last page */
export function pageOfRanking(
  all: readonly Ranked[],
  snapshot: FleetSnapshot,
  { after, sort, size }: StoreFilter,
): { page: readonly Ranked[]; isLast: boolean } {
  let start = 0;
  if (after) {
    const afterIndex = snapshot.stores.findIndex(({ id }) => id === after.id);
    const isBehind = ({ index, lostMs }: Ranked): boolean =>
      sort === 'lost' && lostMs !== after.lostMs ? lostMs < after.lostMs : index > afterIndex;
    start = all.findIndex(isBehind);
    if (start < 0) start = all.length;
  }
  return { page: all.slice(start, start + size), isLast: start + size >= all.length };
}
