import { type Parts, partsOf } from '#libs/uptime/parts.js';
import type { BinaryRow } from '../database/binary-copy.js';

const COLUMNS = 7;

/** The sums of one window's hourly rollups for many stores, 56 bytes each. A store without rows has zeros. */
export class WindowSums {
  private readonly values: Float64Array;

  /**
   * @param positions   the place of each store, by its database id
   * @param firstHourMs rows from this hour on
   * @param rolledToMs  rows before this hour; whatever comes later is not in these sums
   */
  constructor(
    private readonly positions: ReadonlyMap<number, number>,
    readonly firstHourMs: number,
    readonly rolledToMs: number,
  ) {
    this.values = new Float64Array(positions.size * COLUMNS);
  }

  /** Takes a store's sums from a row: open, up, down, carried up, carried down (ms), polls, and the count of rows. */
  add(storeId: number, row: BinaryRow): void {
    const at = this.positions.get(storeId);
    if (at === undefined) return;
    for (let column = 0; column < COLUMNS; column++) this.values[at * COLUMNS + column] = row.float64();
  }

  /** The sums of the store at a place. */
  at(position: number): { parts: Parts; polls: number; rows: number } {
    const sums = this.values.subarray(position * COLUMNS, (position + 1) * COLUMNS);
    const [openMs, upMs, downMs, carriedUpMs, carriedDownMs, polls, rows] = sums;
    return { parts: partsOf(openMs, upMs, downMs, carriedUpMs, carriedDownMs), polls, rows };
  }
}
