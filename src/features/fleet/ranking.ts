import { setImmediate as nextTurn } from 'node:timers/promises';
import type { FleetSnapshot } from './fleet-snapshot.js';
import type { StoreFilter } from './fleet-query.js';

/** Stores compared with a filter between two yields to the event loop: about 2 ms. */
const STORES_PER_TURN = 8_192;

/**
 * The indexes of the stores that match a filter, in its order: most lost time first, or by id. Equal lost times are
 * ordered by id.
 */
export async function ranked(snapshot: FleetSnapshot, filter: StoreFilter): Promise<Uint32Array> {
  const { state, text } = filter;
  const isInZone = filter.zone === undefined ? undefined : snapshot.inZone(filter.zone);
  const order = filter.sort === 'lost' ? snapshot.byLoss(filter.basis) : undefined;
  const found = new Uint32Array(snapshot.count);
  let count = 0;
  for (let at = 0; at < snapshot.count; at++) {
    if (at % STORES_PER_TURN === STORES_PER_TURN - 1) await nextTurn();
    const index = order ? order[at] : at; // indexes are in the order of store ids
    if (state !== undefined && snapshot.state(index) !== state) continue;
    if (isInZone && !isInZone(index)) continue;
    if (text !== undefined && !snapshot.storeId(index).toLowerCase().includes(text)) continue;
    found[count++] = index;
  }
  return found.subarray(0, count);
}

/** The indexes of a page's stores. @returns isLast: whether this is the last page */
export function pageOfRanking(
  all: Uint32Array,
  snapshot: FleetSnapshot,
  { after, sort, basis, size }: StoreFilter,
): { page: Uint32Array; isLast: boolean } {
  let start = 0;
  if (after) {
    const afterIndex = snapshot.ids.indexOf(after.id);
    const isBehind = (index: number): boolean => {
      const lostMs = sort === 'lost' ? snapshot.lostMs(index, basis) : after.lostMs;
      return lostMs === after.lostMs ? index > afterIndex : lostMs < after.lostMs;
    };
    start = all.findIndex(isBehind);
    if (start < 0) start = all.length;
  }
  return { page: all.slice(start, start + size), isLast: start + size >= all.length };
}
