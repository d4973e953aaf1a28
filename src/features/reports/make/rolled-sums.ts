import { HOUR_MS } from '#libs/instant/instant.js';
import { type Interval } from '#libs/intervals/intervals.js';
import type { HourDay } from '#libs/store-day/hour-day.js';
import { type UptimeBreakdown, partsOf } from '#libs/uptime/breakdown.js';
import type { BinaryRow } from '../../../platform/database/binary-copy.js';

const COLUMNS = 7;

/** The sums of one window's hourly rollups for many stores, 56 bytes each; zeros for a store without rows. */
export class RolledSums {
  private readonly values: Float64Array;

  /**
   * @param positions the index of each store, by its database id
   * @param hours the window's whole hours, up to the watermark
   */
  constructor(
    private readonly positions: ReadonlyMap<number, number>,
    readonly hours: Interval,
  ) {
    this.values = new Float64Array(positions.size * COLUMNS);
  }

  /** Adds a row of sums: open, up, down, carried up, carried down (ms), polls, and the number of hour rows. */
  add(storeId: number, sums: Float64Array): void {
    const at = this.positions.get(storeId);
    if (at === undefined) return;
    for (let column = 0; column < COLUMNS; column++) this.values[at * COLUMNS + column] += sums[column];
  }

  /** The sums of the store at an index. */
  at(position: number): { parts: UptimeBreakdown; polls: number; rows: number } {
    const { values } = this;
    const at = position * COLUMNS;
    const parts = partsOf(values[at], values[at + 1], values[at + 2], values[at + 3], values[at + 4]);
    return { parts, polls: values[at + 5], rows: values[at + 6] };
  }
}

/** Reads a row's columns after the store id. */
export function readSumsInto(sums: Float64Array, row: BinaryRow): void {
  for (let column = 0; column < COLUMNS; column++) sums[column] = row.float64();
}

/** Sums a day's hours in `[fromMs, toMs)`. @returns false when there are none */
export function sumHours(sums: Float64Array, day: HourDay, fromMs: number, toMs: number): boolean {
  const first = Math.max(0, (fromMs - day.firstHourMs) / HOUR_MS);
  const end = Math.min(day.count, (toMs - day.firstHourMs) / HOUR_MS);
  if (first >= end) return false;
  sums.fill(0);
  for (let i = first; i < end; i++) {
    sums[0] += day.openMs[i];
    sums[1] += day.upMs[i];
    sums[2] += day.downMs[i];
    sums[3] += day.carriedUpMs[i];
    sums[4] += day.carriedDownMs[i];
    sums[5] += day.polls[i];
    sums[6]++;
  }
  return true;
}

export const noSums = (): Float64Array => new Float64Array(COLUMNS);

/** A time segment and the windows that contain it, by index. */
export interface Segment extends Interval {
  readonly windows: readonly number[];
}

/** Splits segments wherever one of them begins or ends, so that time shared by several windows is read once. */
export function segmentsOf(segments: readonly (Interval & { readonly window: number })[]): Segment[] {
  const bounds = [...new Set(segments.flatMap(({ startMs, endMs }) => [startMs, endMs]))].sort((a, b) => a - b);
  return bounds.slice(1).flatMap((endMs, i) => {
    const startMs = bounds[i];
    const windows = segments.filter((s) => s.startMs <= startMs && s.endMs >= endMs).map(({ window }) => window);
    return windows.length > 0 ? { startMs, endMs, windows } : [];
  });
}
