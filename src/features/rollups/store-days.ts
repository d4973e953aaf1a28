import type { BlockLayout } from '../../platform/database/block-layout.js';
import { DAY_MS, floorToDay } from '#libs/instant/instant.js';
import type { ChangedTime } from '../../platform/database/invalidations.js';
import { WEEK_MS, weeksBetween } from '../../platform/database/partitions.js';

/** Whole UTC days `[fromMs, toMs)` of one store that must be computed. */
export interface StoreDays {
  readonly storeId: number;
  readonly fromMs: number;
  readonly toMs: number;
}

/** The time span that covers all of them. */
export function extentOf(days: readonly StoreDays[]): { fromMs: number; toMs: number } {
  let [fromMs, toMs] = [Infinity, -Infinity];
  for (const own of days) {
    fromMs = Math.min(fromMs, own.fromMs);
    toMs = Math.max(toMs, own.toMs);
  }
  return { fromMs, toMs };
}

/** The fewest stores that justify a query of their own. */
const MIN_BAND = 3;

/**
 * Whether all stores have the same days and are most of the block's stores between the first and the last. The days
 * since a block's last roll-up usually are such a band.
 */
export const isBand = (days: readonly StoreDays[], { spacing }: BlockLayout): boolean =>
  days.length >= MIN_BAND &&
  days.length * 2 * spacing > days.at(-1)!.storeId - days[0].storeId &&
  days.every(({ fromMs, toMs }) => fromMs === days[0].fromMs && toMs === days[0].toMs);

/** Sorted by store and time; overlapping and adjacent days are merged. */
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

/** The days to compute for a block's stores: those since its last roll-up, and earlier ones that were invalidated. */
export function daysToCompute(
  storeIds: readonly number[],
  rolledToMs: number | null,
  sealedToMs: number,
  firstDayMs: number,
  horizonMs: number,
  invalid: readonly ChangedTime[],
): StoreDays[] {
  const endMs = floorToDay(sealedToMs + DAY_MS - 1);
  const newFromMs = Math.max(floorToDay(rolledToMs ?? firstDayMs), firstDayMs);
  const isSealedFurther = rolledToMs === null || rolledToMs < sealedToMs;
  const days = isSealedFurther ? storeIds.map((storeId) => ({ storeId, fromMs: newFromMs, toMs: endMs })) : [];
  if (rolledToMs === null) return united(days);
  for (const { storeId, fromMs, toMs } of invalid) {
    // a change before the first day kept may be carried into it
    const lastDayMs = Math.max(floorToDay(toMs), horizonMs);
    days.push({ storeId, fromMs: Math.max(floorToDay(fromMs), firstDayMs), toMs: Math.min(lastDayMs + DAY_MS, endMs) });
  }
  return united(days);
}

/**
 * Splits the days at partition boundaries, in order of time: a block's history is computed a week at a time. Within a
 * week, days that are the same for many stores come as a slice of their own, which is faster to read.
 */
export function* slices(days: readonly StoreDays[], layout: BlockLayout): Generator<StoreDays[]> {
  const byWeek = new Map<number, StoreDays[]>();
  for (const { storeId, fromMs, toMs } of days) {
    for (const startMs of weeksBetween(fromMs, toMs)) {
      const part = { storeId, fromMs: Math.max(fromMs, startMs), toMs: Math.min(toMs, startMs + WEEK_MS) };
      const parts = byWeek.get(startMs);
      if (parts) parts.push(part);
      else byWeek.set(startMs, [part]);
    }
  }
  for (const week of [...byWeek.keys()].sort((a, b) => a - b)) {
    const alike = [...Map.groupBy(byWeek.get(week)!, ({ fromMs, toMs }) => `${fromMs} ${toMs}`).values()];
    yield* alike.filter((batch) => isBand(batch, layout));
    const rest = alike.filter((batch) => !isBand(batch, layout)).flat();
    // in order of store and time: a day's carried status is written before the next day is computed
    if (rest.length > 0) yield rest.sort((a, b) => a.storeId - b.storeId || a.fromMs - b.fromMs);
  }
}
