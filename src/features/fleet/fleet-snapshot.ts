import type { Interval } from '#libs/intervals/intervals.js';
import { type Basis, type UptimeBreakdown, addParts, downtimeMs, noParts, partsOf } from '#libs/uptime/breakdown.js';
import type { Window } from '#libs/uptime/windows.js';
import type { HourMatrix } from './hour-matrix.js';
import { type StoreState, STORE_STATES } from './store-state.js';

const COLUMNS = 5;

/** What is the same for every store of a snapshot. */
export interface SnapshotHead {
  readonly asOfMs: number;
  readonly computedAtMs: number;
  /** The windows of a report; after them the hours of the heatmap, as one window. */
  readonly windows: readonly Window[];
  /** The hours of the heatmap: from the start of the first to within the last, or to its end. */
  readonly hours: Interval;
}

/** A store of a snapshot. */
export interface FleetStore {
  /** Of the database. */
  readonly id: number;
  readonly storeId: string;
  readonly zone: string;
}

/** All stores at an instant, with their figures: some 250 bytes each. A place is that of a store in the order of reports. */
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

  /** @param windows in the order of the head's */
  add(store: FleetStore, state: StoreState, windows: readonly Readonly<UptimeBreakdown>[]): void {
    const place = this.stores.push(store) - 1;
    this.states[place] = STORE_STATES.indexOf(state);
    for (const [window, parts] of windows.entries()) {
      const { openMs, upMs, downMs, carriedUpMs, carriedDownMs } = parts;
      this.values.set([openMs, upMs, downMs, carriedUpMs, carriedDownMs], this.at(place, window));
    }
  }

  state(place: number): StoreState {
    return STORE_STATES[this.states[place]];
  }

  parts(place: number, window: number): UptimeBreakdown {
    const at = this.at(place, window);
    const [open, up, down, carriedUp, carriedDown] = this.values.subarray(at, at + COLUMNS);
    return partsOf(open, up, down, carriedUp, carriedDown);
  }

  /** How many stores are in each state. */
  counts(): Record<StoreState, number> {
    const counts = { up: 0, down: 0, silent: 0, closed: 0 };
    for (const state of this.states) counts[STORE_STATES[state]]++;
    return counts;
  }

  /** The sum of a window over all stores, and how many of them lost open time in it. */
  total(window: number, basis: Basis): { parts: UptimeBreakdown; storesWithLoss: number } {
    const sum = noParts();
    let storesWithLoss = 0;
    for (let place = 0; place < this.stores.length; place++) {
      const parts = this.parts(place, window);
      addParts(sum, parts);
      if (downtimeMs(parts, basis) > 0) storesWithLoss++;
    }
    return { parts: sum, storesWithLoss };
  }

  private at(place: number, window: number): number {
    return (place * this.head.windows.length + window) * COLUMNS;
  }
}
