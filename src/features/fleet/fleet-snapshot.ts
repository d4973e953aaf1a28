import type { Interval } from '#libs/intervals/intervals.js';
import { type Basis, type UptimeBreakdown, addParts, downtimeMs, noParts, partsOf } from '#libs/uptime/breakdown.js';
import type { Window } from '#libs/uptime/windows.js';
import type { HourMatrix } from './hour-matrix.js';
import { type StoreState, STORE_STATES } from './store-state.js';

const COLUMNS = 5;

/** The fields that all stores of a snapshot share. */
export interface SnapshotHead {
  readonly asOfMs: number;
  readonly computedAtMs: number;
  /** The windows of a report, and after them the heatmap's hours as one window. */
  readonly windows: readonly Window[];
  /** The heatmap's hours: from the start of the first to a time within the last, or to its end. */
  readonly hours: Interval;
}

/** A store of a snapshot. */
export interface FleetStore {
  /** The database id. */
  readonly id: number;
  readonly storeId: string;
  readonly zone: string;
}

/**
 * All stores at an instant with their figures, about 250 bytes each. An index is a store's position in report order.
 */
export class FleetSnapshot {
  readonly stores: FleetStore[] = [];
  matrix!: HourMatrix;
  private readonly values: Float64Array;
  private readonly states: Uint8Array;

  constructor(
    readonly head: SnapshotHead,
    count: number,
  ) {
    this.values = new Float64Array(count * head.windows.length * COLUMNS);
    this.states = new Uint8Array(count);
  }

  /** @param windows in the order of the head's windows */
  add(store: FleetStore, state: StoreState, windows: readonly Readonly<UptimeBreakdown>[]): void {
    const index = this.stores.push(store) - 1;
    this.states[index] = STORE_STATES.indexOf(state);
    for (const [window, parts] of windows.entries()) {
      const { openMs, upMs, downMs, carriedUpMs, carriedDownMs } = parts;
      this.values.set([openMs, upMs, downMs, carriedUpMs, carriedDownMs], this.at(index, window));
    }
  }

  state(index: number): StoreState {
    return STORE_STATES[this.states[index]];
  }

  parts(index: number, window: number): UptimeBreakdown {
    const at = this.at(index, window);
    const [open, up, down, carriedUp, carriedDown] = this.values.subarray(at, at + COLUMNS);
    return partsOf(open, up, down, carriedUp, carriedDown);
  }

  /** The number of stores in each state. */
  counts(): Record<StoreState, number> {
    const counts = { up: 0, down: 0, silent: 0, closed: 0 };
    for (const state of this.states) counts[STORE_STATES[state]]++;
    return counts;
  }

  /** The sum of a window over all stores, and how many of them lost open time in it. */
  total(window: number, basis: Basis): { parts: UptimeBreakdown; storesWithLoss: number } {
    const sum = noParts();
    let storesWithLoss = 0;
    for (let index = 0; index < this.stores.length; index++) {
      const parts = this.parts(index, window);
      addParts(sum, parts);
      if (downtimeMs(parts, basis) > 0) storesWithLoss++;
    }
    return { parts: sum, storesWithLoss };
  }

  private at(index: number, window: number): number {
    return (index * this.head.windows.length + window) * COLUMNS;
  }
}
