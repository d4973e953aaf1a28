import { weekOf, weekStartMs } from '../database/partitions.js';

/** Hours `[fromMs, toMs)`, both ends on the hour. */
export interface Stretch {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Hours of one store that have to be computed. */
export interface StoreHours extends Stretch {
  readonly storeId: number;
}

/** The stretch of time that all of them lie in. */
export function extentOf(hours: readonly Stretch[]): Stretch {
  return hours.reduce(
    (extent, h) => ({ fromMs: Math.min(extent.fromMs, h.fromMs), toMs: Math.max(extent.toMs, h.toMs) }),
    { fromMs: Infinity, toMs: -Infinity },
  );
}

/** Fewer stretches than this are not worth a query of their own. */
const MIN_BAND = 3;

/**
 * Whether stretches are all the same, of most of the stores between the first and the last: as are the hours that were
 * sealed since their block was rolled.
 */
export const isBand = (hours: readonly StoreHours[]): boolean =>
  hours.length >= MIN_BAND &&
  hours.length * 2 > hours.at(-1)!.storeId - hours[0].storeId &&
  hours.every(({ fromMs, toMs }) => fromMs === hours[0].fromMs && toMs === hours[0].toMs);

/** Sorted by store and time, with what overlaps or touches made one. */
export function united(hours: readonly StoreHours[]): StoreHours[] {
  const sorted = hours.filter((h) => h.toMs > h.fromMs).sort((a, b) => a.storeId - b.storeId || a.fromMs - b.fromMs);
  const result: { storeId: number; fromMs: number; toMs: number }[] = [];
  for (const next of sorted) {
    const last = result.at(-1);
    if (last?.storeId === next.storeId && next.fromMs <= last.toMs) last.toMs = Math.max(last.toMs, next.toMs);
    else result.push({ ...next });
  }
  return result;
}

/**
 * The same hours cut where partitions are, in order of time: a block's history is computed a week at a time. In a week,
 * stretches that are the same for many stores come by themselves: those are read faster.
 */
export function* slices(hours: readonly StoreHours[]): Generator<StoreHours[]> {
  const byWeek = new Map<number, StoreHours[]>();
  for (const { storeId, fromMs, toMs } of hours) {
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
    const others = alike.filter((some) => !isBand(some)).flat();
    if (others.length > 0) yield others;
  }
}
