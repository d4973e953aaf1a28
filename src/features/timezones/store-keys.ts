import { ByteKeys } from './byte-keys.js';
import { Int32Column } from './int32-column.js';
import { MAX_STORE_ID_LENGTH } from './store-id.js';

/** UTF-8 has at most three bytes per UTF-16 code unit. */
const MAX_BYTES_PER_UNIT = 3;

/**
 * External ids of stores by number, with their database ids once these are known. The files of a folder share one
 * instance, so each id is in memory once: a million ids take about 60 MB.
 */
export class StoreKeys {
  private readonly keys = new ByteKeys();
  /** The database id of each key; 0: not known yet. Database ids start at 1. */
  private readonly ids = new Int32Column();
  private scratch = Buffer.allocUnsafeSlow(MAX_STORE_ID_LENGTH * MAX_BYTES_PER_UNIT);

  get size(): number {
    return this.keys.size;
  }

  /** The number of the id at `[start, end)` of `bytes`, or -1 if it is new. */
  find(bytes: Uint8Array, start: number, end: number): number {
    return this.keys.find(bytes, start, end);
  }

  /** Adds an id that `find` did not find. It must be a valid id. @returns its number */
  add(bytes: Uint8Array, start: number, end: number): number {
    return this.keys.add(bytes, start, end);
  }

  /** The number of an id, or -1 if it is new. */
  findText(storeId: string): number {
    return this.keys.find(this.scratch, 0, this.encode(storeId));
  }

  /** The number of an id, which is added if it is new. It must be a valid id. */
  of(storeId: string): number {
    const end = this.encode(storeId);
    const known = this.keys.find(this.scratch, 0, end);
    return known >= 0 ? known : this.add(this.scratch, 0, end);
  }

  storeId(key: number): string {
    return this.keys.text(key);
  }

  /** The database id; 0: not known yet. */
  idOf(key: number): number {
    return this.ids.get(key);
  }

  setId(key: number, id: number): void {
    this.ids.set(key, id);
  }

  /** @returns the number of bytes in `scratch` */
  private encode(storeId: string): number {
    const bytes = storeId.length * MAX_BYTES_PER_UNIT;
    if (bytes > this.scratch.length) this.scratch = Buffer.allocUnsafeSlow(bytes);
    return this.scratch.write(storeId);
  }
}
