import { canonicalZone } from '#libs/calendar/zone.js';
import type { Interval } from '#libs/intervals/intervals.js';
import {
  BASES,
  type Basis,
  type UptimeBreakdown,
  addParts,
  downtimeMs,
  noParts,
  partsOf,
} from '#libs/uptime/breakdown.js';
import type { Window } from '#libs/uptime/windows.js';
import { descending } from './descending.js';
import type { FleetHour, HourMatrix } from './hour-matrix.js';
import { type StoreState, STORE_STATES } from './store-state.js';
import { TextColumn } from './text-column.js';

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

/** The sum of a window over all stores, and how many of them lost open time in it. */
export interface WindowTotal {
  readonly parts: UptimeBreakdown;
  readonly storesWithLoss: number;
}

/**
 * All stores at an instant: sums of each window, and of each store its state and its figures in the heatmap's hours, about
 * 75 bytes. An index is a store's position in report order.
 */
export class FleetSnapshot {
  /** Database ids by index. */
  ids: Int32Array;
  /** The sums of each hour over all stores. */
  hours: readonly FleetHour[] = [];
  /** The hours of each store; undefined: too many to keep. */
  matrix: HourMatrix | undefined;
  private readonly storeIds: TextColumn;
  private readonly zones: Uint16Array;
  private readonly zoneNames: string[] = [];
  private readonly zoneNumbers = new Map<string, number>();
  private states: Uint8Array;
  /** Milliseconds in the heatmap's hours, which are at most 31 days: less than 2^32. */
  private readonly values: Uint32Array;
  private readonly totals: readonly { parts: UptimeBreakdown; storesWithLoss: Record<Basis, number> }[];
  private readonly orders = new Map<Basis, Uint32Array>();

  constructor(
    readonly head: SnapshotHead,
    public count: number,
  ) {
    this.ids = new Int32Array(count);
    this.storeIds = new TextColumn(count);
    this.zones = new Uint16Array(count);
    this.states = new Uint8Array(count);
    this.values = new Uint32Array(count * COLUMNS);
    this.totals = head.windows.map(() => ({ parts: noParts(), storesWithLoss: { all: 0, observed: 0 } }));
  }

  /** @param windows in the order of the head's windows */
  set(
    index: number,
    { id, storeId, zone }: FleetStore,
    state: StoreState,
    windows: readonly Readonly<UptimeBreakdown>[],
  ): void {
    this.ids[index] = id;
    this.storeIds.set(index, storeId);
    this.zones[index] = this.numberOf(zone);
    this.states[index] = STORE_STATES.indexOf(state);
    const { openMs, upMs, downMs, carriedUpMs, carriedDownMs } = windows.at(-1)!;
    this.values.set([openMs, upMs, downMs, carriedUpMs, carriedDownMs], index * COLUMNS);
    for (const [window, parts] of windows.entries()) {
      const total = this.totals[window];
      addParts(total.parts, parts);
      for (const basis of BASES) if (downtimeMs(parts, basis) > 0) total.storesWithLoss[basis]++;
    }
  }

  /** Removes the indexes that were not set. The others stay in order. */
  removeUnset(): void {
    let count = 0;
    for (let index = 0; index < this.count; index++) {
      if (this.ids[index] === 0) continue; // database ids begin at 1
      for (const column of [this.ids, this.zones, this.states]) column[count] = column[index];
      this.values.copyWithin(count * COLUMNS, index * COLUMNS, (index + 1) * COLUMNS);
      this.storeIds.copy(index, count++);
    }
    this.count = count;
    this.ids = this.ids.subarray(0, count);
    this.states = this.states.subarray(0, count);
  }

  store(index: number): FleetStore {
    return { id: this.ids[index], storeId: this.storeId(index), zone: this.zoneNames[this.zones[index]] };
  }

  storeId(index: number): string {
    return this.storeIds.get(index);
  }

  /** Which zones are `zone` under this or another name. @returns a function of a store's index */
  inZone(zone: string): (index: number) => boolean {
    const isSame = this.zoneNames.map((name) => canonicalZone(name) === zone);
    return (index) => isSame[this.zones[index]];
  }

  state(index: number): StoreState {
    return STORE_STATES[this.states[index]];
  }

  /** In the heatmap's hours. */
  parts(index: number): UptimeBreakdown {
    const at = index * COLUMNS;
    const { values } = this;
    return partsOf(values[at], values[at + 1], values[at + 2], values[at + 3], values[at + 4]);
  }

  /** The number of stores in each state. */
  counts(): Record<StoreState, number> {
    const counts = { up: 0, down: 0, silent: 0, closed: 0 };
    for (const state of this.states) counts[STORE_STATES[state]]++;
    return counts;
  }

  total(window: number, basis: Basis): WindowTotal {
    const { parts, storesWithLoss } = this.totals[window];
    return { parts, storesWithLoss: storesWithLoss[basis] };
  }

  /** The indexes of all stores, most lost time in the heatmap's hours first, and then in report order. */
  byLoss(basis: Basis): Uint32Array {
    let order = this.orders.get(basis);
    if (!order) {
      order = descending(Uint32Array.from({ length: this.count }, (_, index) => this.lostMs(index, basis)));
      this.orders.set(basis, order);
    }
    return order;
  }

  /** In the heatmap's hours. */
  lostMs(index: number, basis: Basis): number {
    return downtimeMs(this.parts(index), basis);
  }

  private numberOf(zone: string): number {
    let number = this.zoneNumbers.get(zone);
    if (number === undefined) {
      number = this.zoneNames.push(zone) - 1;
      this.zoneNumbers.set(zone, number);
    }
    return number;
  }
}
