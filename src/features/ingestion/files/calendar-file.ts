import { ByteKeys } from '../../timezones/byte-keys.js';
import type { CalendarChange } from '../../timezones/calendars.repository.js';
import { storeIdProblem } from '../../timezones/store-id.js';
import type { StoreKeys } from '../../timezones/store-keys.js';
import type { TimezonesService } from '../../timezones/timezones.service.js';
import { fieldsOf, isGraphic } from './cells.js';
import { type Header, wantedFields } from './header.js';
import { RowsByStore } from './rows-by-store.js';
import type { TableFile } from './table-file.js';
import { SharedValues, type Values } from './values.js';

/** Batch size: blocks the event loop for about 20 ms. */
const STORES_PER_WRITE = 2_000;

/** Stores sorted at once: takes about 10 ms. */
const STORES_PER_SORT = 100_000;

/** Bounds the memory for row ends, which may never repeat: 10 MB. */
const MAX_ENDS = 50_000;
const MAX_END_BYTES = 200;

/**
 * A calendar file. Its rows replace a store's data and come in any order, so the file is collected completely before
 * anything is written. Many rows have the same fields after the store's id. These are parsed once.
 */
export abstract class CalendarFile<Value> implements TableFile {
  accepted = 0;
  protected readonly stores: StoreKeys;
  protected readonly rows = new RowsByStore();
  /** The bytes after the store's id of rows that were accepted, and the index of the value of each. */
  private readonly ends = new ByteKeys();
  private readonly valueByEnd: number[] = [];

  constructor(
    protected readonly header: Header,
    protected readonly timezones: TimezonesService,
    /** Rows refer to them by index. */
    protected readonly values: Values<Value> = new SharedValues(),
  ) {
    this.stores = timezones.storeKeys();
  }

  /** Reads the fields after the store's id. @returns why the row is rejected, or the value */
  protected abstract read(fields: string[], line: number): string | { readonly value: Value };

  /** Writes the values of stores, which are given by database id and in the order of the rows. */
  protected abstract write(stores: ReadonlyMap<number, readonly Value[]>): Promise<CalendarChange>;

  row(bytes: Buffer, start: number, end: number, quoted: boolean, line: number): string | undefined {
    const idEnd = quoted || this.header.positions[0] !== 0 ? -1 : idEndOf(bytes, start, end, this.header.delimiter);
    if (idEnd >= 0) {
      const known = this.ends.find(bytes, idEnd, end);
      const store = known < 0 ? -1 : this.stores.find(bytes, start, idEnd);
      if (store >= 0) {
        this.rows.add(store, this.valueByEnd[known], line);
        return undefined;
      }
    }
    const fields = wantedFields(this.header, fieldsOf(bytes, start, end, quoted, this.header.delimiter));
    if (typeof fields === 'string') return fields;
    const [storeId, ...otherFields] = fields as [string, ...string[]];
    const idProblem = storeIdProblem(storeId);
    if (idProblem) return `store_id ${idProblem}`;
    const value = this.valueOf(otherFields, line);
    if (typeof value === 'string') return value;
    this.rows.add(this.stores.of(storeId), value, line);
    if (idEnd >= 0) this.rememberEnd(bytes, idEnd, end, value);
    return undefined;
  }

  private rememberEnd(bytes: Buffer, start: number, end: number, value: number): void {
    if (this.ends.size >= MAX_ENDS || end - start > MAX_END_BYTES || this.ends.find(bytes, start, end) >= 0) return;
    this.valueByEnd[this.ends.add(bytes, start, end)] = value;
  }

  /** @returns why the fields are rejected, or the index of their value */
  private valueOf(fields: string[], line: number): string | number {
    const key = JSON.stringify(fields);
    const known = this.values.find(key);
    if (known >= 0) return known;
    const read = this.read(fields, line);
    if (typeof read === 'string') return read;
    return this.values.add(key, read.value);
  }

  async flush(isLast: boolean): Promise<void> {
    if (!isLast) return;
    let stores: number[] = [];
    for (const store of this.rows.stores()) {
      if (stores.push(store) < STORES_PER_SORT) continue;
      await this.writeSorted(stores);
      stores = [];
    }
    await this.writeSorted(stores);
  }

  /** Writes in the order of database ids, in which neighbours share pages. */
  private async writeSorted(stores: readonly number[]): Promise<void> {
    const ids = await this.timezones.resolveKeys(this.stores, stores);
    // id and index in one number: sorting numbers needs no comparison function
    const sorted = Float64Array.from(ids, (id, index) => id * STORES_PER_SORT + index).sort();
    for (let at = 0; at < sorted.length; at += STORES_PER_WRITE) {
      const values = new Map<number, Value[]>();
      for (const idAndIndex of sorted.subarray(at, at + STORES_PER_WRITE)) {
        const index = idAndIndex % STORES_PER_SORT;
        const rows = this.rows.of(stores[index]);
        values.set(
          ids[index],
          rows.map(({ value }) => this.values.get(value)),
        );
      }
      this.accepted += (await this.write(values)).accepted;
    }
  }
}

/** The last value of each store. */
export const lastOfEach = <Value>(stores: ReadonlyMap<number, readonly Value[]>): Map<number, Value> =>
  new Map([...stores].map(([id, values]) => [id, values.at(-1)!]));

/** The end of an id that is the first field, or -1 when the id is the whole row or has a blank at either end. */
function idEndOf(bytes: Buffer, start: number, end: number, delimiter: number): number {
  let at = start;
  while (at < end && bytes[at] !== delimiter) at++;
  return at > start && at < end && isGraphic(bytes[start], bytes[at - 1]) ? at : -1;
}
