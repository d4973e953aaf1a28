import { type Parts, partsOf } from '#libs/uptime/parts.js';

/** What is summed of a store's hour rows: open, up, down, carried up, carried down (ms), polls, and the count of rows. */
export const SUMMED_COLUMNS = 7;

/** The sums of one window's hourly rollups for many stores, 56 bytes each. A store without rows has zeros. */
export class WindowSums {
  private readonly values: Float64Array;

  /**
   * @param stores      how many, each known by its place
   * @param firstHourMs rows from this hour on
   * @param rolledToMs  rows before this hour; whatever comes later is not in these sums
   */
  constructor(
    stores: number,
    readonly firstHourMs: number,
    readonly rolledToMs: number,
  ) {
    this.values = new Float64Array(stores * SUMMED_COLUMNS);
  }

  /** Adds sums of some of a store's rows, in the order of SUMMED_COLUMNS. */
  add(position: number, sums: Float64Array): void {
    for (let column = 0; column < SUMMED_COLUMNS; column++) {
      this.values[position * SUMMED_COLUMNS + column] += sums[column];
    }
  }

  /** The sums of the store at a place. */
  at(position: number): { parts: Parts; polls: number; rows: number } {
    const sums = this.values.subarray(position * SUMMED_COLUMNS, (position + 1) * SUMMED_COLUMNS);
    const [openMs, upMs, downMs, carriedUpMs, carriedDownMs, polls, rows] = sums;
    return { parts: partsOf(openMs, upMs, downMs, carriedUpMs, carriedDownMs), polls, rows };
  }
}
