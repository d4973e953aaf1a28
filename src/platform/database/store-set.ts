/** Stores by database id: all with `firstId <= id < endId`. */
export interface StoreRange {
  readonly firstId: number;
  readonly endId: number;
}

/** Stores by database id: a list, or a range. */
export type StoreSet = readonly number[] | StoreRange;

export const ALL_STORES: StoreRange = { firstId: 0, endId: 2 ** 31 - 1 };

/** The cheapest set that includes these stores: a range if it has at most as many others, which callers must ignore. */
export function spanning(ascendingIds: ArrayLike<number>): StoreSet {
  const count = ascendingIds.length;
  const range = { firstId: ascendingIds[0], endId: ascendingIds[count - 1] + 1 };
  return range.endId - range.firstId <= 2 * count ? range : Array.from(ascendingIds);
}

/** SQL condition on a column. COPY takes no parameters, so the ids are inlined; they are numbers, so this is safe. */
export function storeCondition(column: string, stores: StoreSet): string {
  if (!('firstId' in stores)) return `${column} = any('{${stores.join(',')}}'::integer[])`;
  return `${column} >= ${stores.firstId} and ${column} < ${stores.endId}`;
}
