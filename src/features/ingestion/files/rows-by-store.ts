import { Int32Column } from '../../timezones/int32-column.js';

/** A row: the number of its value, and its line. */
export interface StoredRow {
  readonly row: number;
  readonly value: number;
  readonly line: number;
}

/**
 * The rows of a file by store, in 8 bytes each and 4 per store: seven million rows as a Map of arrays take several
 * times as much. Stores and values are numbers that the caller assigns.
 */
export class RowsByStore {
  /** The number of rows added, removed ones included. */
  private count = 0;
  private storesEnd = 0;
  /** The newest row of each store + 1, or 0; and the row of the same store before each row, likewise. */
  private readonly newest = new Int32Column();
  private readonly previous = new Int32Column();
  /** The value of each row + 1; 0: removed. */
  private readonly values = new Int32Column();
  private readonly lines = new Lines();

  /** Call in the order of lines. */
  add(store: number, value: number, line: number): void {
    this.previous.set(this.count, this.newest.get(store));
    this.values.set(this.count, value + 1);
    this.lines.add(this.count, line);
    this.newest.set(store, ++this.count);
    this.storesEnd = Math.max(this.storesEnd, store + 1);
  }

  /** The stores with rows, ascending. */
  *stores(): Generator<number> {
    for (let store = 0; store < this.storesEnd; store++) if (this.newestRow(store) >= 0) yield store;
  }

  /** The rows of a store, in the order of lines. */
  of(store: number): StoredRow[] {
    const rows: StoredRow[] = [];
    for (let row = this.newestRow(store); row >= 0; row = this.rowBefore(row)) {
      rows.push({ row, value: this.values.get(row) - 1, line: this.lines.of(row) });
    }
    return rows.toReversed();
  }

  remove(row: number): void {
    this.values.set(row, 0);
  }

  private newestRow(store: number): number {
    return this.kept(this.newest.get(store) - 1);
  }

  private rowBefore(row: number): number {
    return this.kept(this.previous.get(row) - 1);
  }

  /** The row itself or the nearest one of the same store before it that was not removed, or -1. */
  private kept(row: number): number {
    let kept = row;
    while (kept >= 0 && this.values.get(kept) === 0) kept = this.previous.get(kept) - 1;
    return kept;
  }
}

/** The lines of rows. Usually each row is on the next line, so only those that are not take memory. */
class Lines {
  private count = 0;
  private readonly rows = new Int32Column();
  private readonly lines = new Int32Column();
  private expected = 0;

  add(row: number, line: number): void {
    if (line !== this.expected) {
      this.rows.set(this.count, row);
      this.lines.set(this.count++, line);
    }
    this.expected = line + 1;
  }

  of(row: number): number {
    let [low, high] = [0, this.count - 1];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (this.rows.get(middle) <= row) low = middle;
      else high = middle - 1;
    }
    return this.lines.get(low) + row - this.rows.get(low);
  }
}
