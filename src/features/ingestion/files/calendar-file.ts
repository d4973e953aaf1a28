import type { CalendarChange } from '../../timezones/calendars.repository.js';
import { storeIdProblem } from '../../timezones/store-id.js';
import type { TimezonesService } from '../../timezones/timezones.service.js';
import { fieldsOf } from './cells.js';
import { type Header, wantedFields } from './header.js';
import type { TableFile } from './table-file.js';

/** Some 20 ms of this process's time. */
const STORES_PER_WRITE = 2_000;

/**
 * A file of calendars. Its rows replace what is known of the stores that it names, and stand in no order: so it is
 * gathered whole, a value a store, before anything is written.
 */
export abstract class CalendarFile<Value> implements TableFile {
  accepted = 0;
  protected readonly values = new Map<string, Value>();

  constructor(
    protected readonly header: Header,
    protected readonly timezones: TimezonesService,
  ) {}

  /** Takes the fields behind the store's id. @returns why the row cannot be used, or undefined */
  protected abstract read(storeId: string, fields: string[], line: number): string | undefined;

  /** Writes what was gathered, by database id. */
  protected abstract write(values: ReadonlyMap<number, Value>): Promise<CalendarChange>;

  protected set(storeId: string, value: Value): void {
    this.values.set(storeId, value);
  }

  /** What was gathered of a store so far. */
  protected of(storeId: string, start: () => Value): Value {
    let value = this.values.get(storeId);
    if (value === undefined) this.values.set(storeId, (value = start()));
    return value;
  }

  row(bytes: Buffer, start: number, end: number, quoted: boolean, line: number): string | undefined {
    const fields = wantedFields(this.header, fieldsOf(bytes, start, end, quoted, this.header.delimiter));
    if (typeof fields === 'string') return fields;
    const [storeId, ...others] = fields as [string, ...string[]];
    const idProblem = storeIdProblem(storeId);
    return idProblem ? `store_id ${idProblem}` : this.read(storeId, others, line);
  }

  async flush(isLast: boolean): Promise<void> {
    if (!isLast) return;
    const storeIds = [...this.values.keys()];
    for (let at = 0; at < storeIds.length; at += STORES_PER_WRITE) {
      const some = storeIds.slice(at, at + STORES_PER_WRITE);
      const ids = await this.timezones.resolve(some);
      const values = new Map(some.map((storeId, index) => [ids[index], this.values.get(storeId)!]));
      this.accepted += (await this.write(values)).accepted;
    }
  }
}
