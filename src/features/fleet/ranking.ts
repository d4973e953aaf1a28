import { canonicalZone } from '#libs/calendar/zone.js';
import { downtimeMs } from '#libs/uptime/breakdown.js';
import type { FleetSnapshot } from './fleet-snapshot.js';
import type { StoreFilter } from './fleet-query.js';

export interface Ranked {
  readonly place: number;
  readonly lostMs: number;
}

/**
 * The stores that a filter lets through, in its order: most open time lost first, stores with the same by their id.
 * @param window in which the time was lost
 */
export function ranked(snapshot: FleetSnapshot, window: number, filter: StoreFilter): Ranked[] {
  const found: Ranked[] = [];
  for (const [place, { storeId, zone }] of snapshot.stores.entries()) {
    if (filter.state !== undefined && snapshot.state(place) !== filter.state) continue;
    if (filter.zone !== undefined && canonicalZone(zone) !== filter.zone) continue;
    if (filter.text !== undefined && !storeId.toLowerCase().includes(filter.text)) continue;
    found.push({ place, lostMs: downtimeMs(snapshot.parts(place, window), filter.basis) });
  }
  // places are in the order of store ids
  return filter.sort === 'lost' ? found.sort((a, b) => b.lostMs - a.lostMs || a.place - b.place) : found;
}

/** Those of a page. @returns isLast: there is nothing behind it */
export function pageOfRanking(
  all: readonly Ranked[],
  snapshot: FleetSnapshot,
  { after, sort, size }: StoreFilter,
): { page: readonly Ranked[]; isLast: boolean } {
  let start = 0;
  if (after) {
    const afterPlace = snapshot.stores.findIndex(({ id }) => id === after.id);
    const isBehind = ({ place, lostMs }: Ranked): boolean =>
      sort === 'lost' && lostMs !== after.lostMs ? lostMs < after.lostMs : place > afterPlace;
    start = all.findIndex(isBehind);
    if (start < 0) start = all.length;
  }
  return { page: all.slice(start, start + size), isLast: start + size >= all.length };
}
