import { weekOf, weekStartMs } from '../../platform/database/partitions.js';

/** Whole UTC days `[fromMs, toMs)` of one store that have to be computed. */
export interface StoreDays {
  readonly storeId: number;
  readonly fromMs: number;
  readonly toMs: number;
}

/** The time that all of them lie in. */
export function extentOf(days: readonly StoreDays[]): { fromMs: number; toMs: number } {
  let [fromMs, toMs] = [Infinity, -Infinity];
  for (const own of days) {
    fromMs = Math.min(fromMs, own.fromMs);
    toMs = Math.max(toMs, own.toMs);
  }
  return { fromMs, toMs };
}

/** Fewer stores than this are not worth a query of their own. */
const MIN_BAND = 3;

/**
 * Whether all stores have the same days, and are most of those between the first and the last: as are the days since a block was
 * rolled up.
 */
export const isBand = (days: readonly StoreDays[]): boolean =>
  days.length >= MIN_BAND &&
  days.length * 2 > days.at(-1)!.storeId - days[0].storeId &&
  days.every(({ fromMs, toMs }) => fromMs === days[0].fromMs && toMs === days[0].toMs);

/** Sorted by store and time, with what overlaps or touches made one. */
export function united(days: readonly StoreDays[]): StoreDays[] {
  const sorted = days
    .filter((own) => own.toMs > own.fromMs)
    .sort((a, b) => a.storeId - b.storeId || a.fromMs - b.fromMs);
  const result: { storeId: number; fromMs: number; toMs: number }[] = [];
  for (const next of sorted) {
    const last = result.at(-1);
    if (last?.storeId === next.storeId && next.fromMs <= last.toMs) last.toMs = Math.max(last.toMs, next.toMs);
    else result.push({ ...next });
  }
  return result;
}

/**
 * The same days cut where partitions are, in order of time: a block's history is computed a week at a time. In a week, those that
 * are the same for many stores come by themselves: they are read faster.
 */
export function* slices(days: readonly StoreDays[]): Generator<StoreDays[]> {
  const byWeek = new Map<number, StoreDays[]>();
  for (const { storeId, fromMs, toMs } of days) {
    for (let week = weekOf(fromMs); weekStartMs(week) < toMs; week++) {
      const part = {
        storeId,
        fromMs: Math.max(fromMs, weekStartMs(week)),
        toMs: Math.min(toMs, weekStartMs(week + 1)),
      };
      const parts = byWeek.get(week);
      if (parts) parts.push(part);
      else byWeek.set(week, [part]);
    }
  }
  for (const week of [...byWeek.keys()].sort((a, b) => a - b)) {
    const alike = [...Map.groupBy(byWeek.get(week)!, ({ fromMs, toMs }) => `${fromMs} ${toMs}`).values()];
    yield* alike.filter(isBand);
    const others = alike.filter((batch) => !isBand(batch)).flat();
    // in order of store and time: what a day carries into the next is written before that is computed
    if (others.length > 0) yield others.sort((a, b) => a.storeId - b.storeId || a.fromMs - b.fromMs);
  }
}
