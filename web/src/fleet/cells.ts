import type { HeatmapStore, StoreState } from '../api/fleet.js';

/** In both arrays: the store was closed for the whole hour. */
export const CLOSED = 255;

export interface Share {
  /** Whole percents of the open time, each rounded by itself: the two may sum to 101. */
  readonly up: number;
  readonly down: number;
  /** What they leave up to 100. */
  readonly silent: number;
}

export interface Row {
  readonly storeId: string;
  readonly zone: string;
  readonly state: StoreState;
  readonly lostMs: number;
  readonly silentMs: number;
  readonly openMs: number;
}

/** Stores by hours, a byte a share: 14,000 stores take 5 MB, and a frame of the heatmap reads nothing else. */
export class Cells {
  readonly rows: Row[] = [];
  private up: Uint8Array;
  private down: Uint8Array;

  /**
   * @param fromMs start of the first hour
   * @param room rows that are expected; more fit too
   */
  constructor(
    readonly fromMs: number,
    readonly hours: number,
    room: number,
  ) {
    this.up = new Uint8Array(room * hours);
    this.down = new Uint8Array(room * hours);
  }

  add(stores: readonly HeatmapStore[]): void {
    this.makeRoom((this.rows.length + stores.length) * this.hours);
    for (const store of stores) {
      const first = this.rows.length * this.hours;
      for (let hour = 0; hour < this.hours; hour++) {
        this.up[first + hour] = store.up_percent[hour] ?? CLOSED;
        this.down[first + hour] = store.down_percent[hour] ?? CLOSED;
      }
      this.rows.push({
        storeId: store.store_id,
        zone: store.timezone,
        state: store.state,
        lostMs: store.lost_ms,
        silentMs: store.silent_ms,
        openMs: store.open_ms,
      });
    }
  }

  /** @returns CLOSED, or percent */
  upAt(row: number, hour: number): number {
    return this.up[row * this.hours + hour];
  }

  /** @returns CLOSED, or percent */
  downAt(row: number, hour: number): number {
    return this.down[row * this.hours + hour];
  }

  /** @returns undefined where the store was closed */
  shareAt(row: number, hour: number): Share | undefined {
    const [up, down] = [this.upAt(row, hour), this.downAt(row, hour)];
    return up === CLOSED ? undefined : { up, down, silent: Math.max(0, 100 - up - down) };
  }

  hourMs(hour: number): number {
    return this.fromMs + hour * 3_600_000;
  }

  private makeRoom(length: number): void {
    if (length <= this.up.length) return;
    const grown = Math.max(length, 2 * this.up.length);
    const [up, down] = [new Uint8Array(grown), new Uint8Array(grown)];
    up.set(this.up);
    down.set(this.down);
    [this.up, this.down] = [up, down];
  }
}
