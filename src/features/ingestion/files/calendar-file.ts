import type { CalendarChange } from '../../timezones/calendars.repository.js';
import { storeIdProblem } from '../../timezones/store-id.js';
import type { TimezonesService } from '../../timezones/timezones.service.js';
import { fieldsOf } from './cells.js';
import { type Header, wantedFields } from './header.js';
import type { TableFile } from './table-file.js';

/** Batch size: blocks the event loop for about 20 ms. */
const STORES_PER_WRITE = 2_000;

/**
 * A calendar file. Its rows replace a store's data and come in any order, so the file is collected completely, one
 * value per store, before anything is written.
 */
export abstract class CalendarFile<Value> implements TableFile {
  accepted = 0;
  protected readonly values = new Map<string, Value>();

  constructor(
    protected readonly header: Header,
    protected readonly timezones: TimezonesService,
  ) {}

  /** Reads the fields after the store's id. @returns why the row is rejected, or undefined */
  protected abstract read(storeId: string, fields: string[], line: number): string | undefined;

  /** Writes the collected values, by database id. */
  protected abstract write(values: ReadonlyMap<number, Value>): Promise<CalendarChange>;

  protected set(storeId: string, value: Value): void {
    this.values.set(storeId, value);
  }

  /** The value collected for a store so far. */
  protected of(storeId: string, start: () => Value): Value {
    let value = this.values.get(storeId);
    if (value === undefined) this.values.set(storeId, (value = start()));
    return value;
  }

  row(bytes: Buffer, start: number, end: number, quoted: boolean, line: number): string | undefined {
    const fields = wantedFields(this.header, fieldsOf(bytes, start, end, quoted, this.header.delimiter));
    if (typeof fields === 'string') return fields;
    const [storeId, ...otherFields] = fields as [string, ...string[]];
    const idProblem = storeIdProblem(storeId);
    return idProblem ? `store_id ${idProblem}` : this.read(storeId, otherFields, line);
  }

  async flush(isLast: boolean): Promise<void> {
    if (!isLast) return;
    const storeIds = [...this.values.keys()];
    for (let at = 0; at < storeIds.length; at += STORES_PER_WRITE) {
      const batch = storeIds.slice(at, at + STORES_PER_WRITE);
      const ids = await this.timezones.resolve(batch);
      const values = new Map(batch.map((storeId, index) => [ids[index], this.values.get(storeId)!]));
      this.accepted += (await this.write(values)).accepted;
    }
  }
}
