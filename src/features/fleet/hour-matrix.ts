import { HOUR_MS } from '#libs/instant/instant.js';
import type { Interval } from '#libs/intervals/intervals.js';
import type { HourRows } from '#libs/uptime/hour-rows.js';
import { type UptimeBreakdown, partsOf } from '#libs/uptime/breakdown.js';
import { hourShares } from './hour-shares.js';

/** Instead of a share: the store has no open time in the hour. */
export const CLOSED = -1;
/** Not set: there is no rollup, so the store has no poll yet. */
const UNSET = -2;

const PARTS = 5;

export interface FleetHour {
  readonly hourMs: number;
  /** Summed over all stores. */
  readonly parts: UptimeBreakdown;
}

/** For each hour of a store, the percentage of its open time; CLOSED: it has none. */
export interface StoreHours {
  /** Observed up. */
  readonly upPercent: Int8Array;
  /** Observed down. */
  readonly downPercent: Int8Array;
}

/** A partial last hour counts as one. */
export const hourCount = ({ startMs, endMs }: Interval): number => Math.ceil((endMs - startMs) / HOUR_MS);

/**
 * The shares of every hour of every store, two bytes per cell (4.7 MB for a week of 14,000 stores), and the sums of
 * each hour.
 */
export class HourMatrix {
  private readonly columns: number;
  private readonly up: Int8Array;
  private readonly down: Int8Array;
  private readonly sums: Float64Array;

  /** @param hours from the start of the first to a time within the last, or to its end */
  constructor(
    stores: number,
    private readonly hours: Interval,
  ) {
    this.columns = hourCount(hours);
    this.up = new Int8Array(stores * this.columns).fill(UNSET);
    this.down = new Int8Array(stores * this.columns).fill(UNSET);
    this.sums = new Float64Array(this.columns * PARTS);
  }

  /**
   * @param index the store's index
   * @param parts open, up, down, carried up, carried down, ms
   */
  set(index: number, hourMs: number, ...parts: readonly [number, number, number, number, number]): void {
    const hour = (hourMs - this.hours.startMs) / HOUR_MS;
    const at = index * this.columns + hour;
    const [openMs, upMs, downMs] = parts;
    for (let part = 0; part < PARTS; part++) this.sums[hour * PARTS + part] += parts[part];
    const shares = hourShares(openMs, upMs, downMs);
    this.up[at] = shares?.up ?? CLOSED;
    this.down[at] = shares?.down ?? CLOSED;
  }

  /** Whether some hours of the store are not set. */
  isPartial(index: number): boolean {
    return this.row(this.up, index).includes(UNSET);
  }

  /** Sets the hours of a store that are not set yet. */
  fill(index: number, rows: HourRows): void {
    const { firstHourMs, openMs, upMs, downMs, carriedUpMs, carriedDownMs } = rows;
    const set = this.row(this.up, index);
    const firstColumn = (firstHourMs - this.hours.startMs) / HOUR_MS;
    for (let i = 0; i < rows.count; i++) {
      if (set[firstColumn + i] !== UNSET) continue;
      const carried = [carriedUpMs[i], carriedDownMs[i]] as const;
      this.set(index, firstHourMs + i * HOUR_MS, openMs[i], upMs[i], downMs[i], ...carried);
    }
  }

  hoursOf(index: number): StoreHours {
    return { upPercent: this.row(this.up, index), downPercent: this.row(this.down, index) };
  }

  /** The sums of each hour over all stores. */
  fleetHours(): FleetHour[] {
    return Array.from({ length: this.columns }, (_, hour) => {
      const [open, up, down, carriedUp, carriedDown] = this.sums.subarray(hour * PARTS, (hour + 1) * PARTS);
      const parts = partsOf(open, up, down, carriedUp, carriedDown);
      return { hourMs: this.hours.startMs + hour * HOUR_MS, parts };
    });
  }

  private row(of: Int8Array, index: number): Int8Array {
    return of.subarray(index * this.columns, (index + 1) * this.columns);
  }
}
