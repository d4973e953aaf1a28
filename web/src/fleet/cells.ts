import type { HeatmapStore, StoreState } from '../api/fleet.js';

/** Marks an hour without open time, in both arrays. */
export const CLOSED = 255;

export interface Share {
  /** Whole percent of the open time. Up and down are rounded separately and may sum to 101. */
  readonly up: number;
  readonly down: number;
  /** The rest up to 100. */
  readonly silent: number;
}

export interface Row {
  readonly storeId: string;
  readonly name: string | null;
  readonly tags: Readonly<Record<string, string>>;
  readonly zone: string;
  readonly state: StoreState;
  readonly lostMs: number;
  readonly silentMs: number;
  readonly openMs: number;
}

/** Hourly shares of all stores, one byte each: a week of 14,000 stores takes 5 MB. Drawing a frame reads only these arrays. */
export class Cells {
  readonly rows: Row[] = [];
  private up: Uint8Array;
  private down: Uint8Array;

  /**
   * @param fromMs start of the first hour
   * @param room expected number of rows; the arrays grow if needed
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
        name: store.name,
        tags: store.tags,
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

  /** @returns undefined if the store was closed */
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
