import { storeIdProblem } from '../../timezones/store-id.js';
import type { Reject } from './reject.js';
import { CalendarFile } from './calendar-file.js';
import { fieldsOf } from './cells.js';

/** A row that was taken before, as it would be written, and where it stands. */
export interface TakenRow {
  readonly line: number;
  readonly rawRow: string;
}

/**
 * A file whose rows replace openings as a whole: a store's week, or one date of a store. A rejected row would leave a gap
 * in the whole, so the whole stays as it was, and its other rows are rejected too.
 * A whole is named by a key that subclasses make and read.
 */
export abstract class HoursFile<Value> extends CalendarFile<Value> {
  readonly needsWhole = true;
  /** The line of the first rejected row of each whole that has one. */
  protected readonly spoilt = new Map<string, number>();
  /** Whether nothing of the file is used. */
  protected isUnused = false;

  /** The whole that a row belongs to; undefined when the row does not tell. */
  protected abstract wholeOf(storeId: string, fields: readonly (string | undefined)[]): string | undefined;

  /** The wholes of which rows have gathered. */
  protected abstract wholes(): Iterable<string>;

  /** Gives up what has gathered of a whole. */
  protected abstract takeOut(whole: string): TakenRow[];

  /** What becomes of a whole with a rejected row: `store "a" keeps its week`. */
  protected abstract keeping(whole: string): string;

  rejected(line: number, text: string): void {
    const fields = this.looseFields(text);
    const [storeId, ...others] = this.header.positions.map((position) => fields[position]?.trim());
    if (storeId === undefined || storeIdProblem(storeId)) return;
    const whole = this.wholeOf(storeId, others);
    if (whole !== undefined && !this.spoilt.has(whole)) this.spoilt.set(whole, line);
  }

  /** The fields of a row whose quotes may be broken. */
  private looseFields(text: string): string[] {
    const { delimiter, width } = this.header;
    const bytes = Buffer.from(text);
    const fields = fieldsOf(bytes, 0, bytes.length, text.includes('"'), delimiter);
    return fields.length < width ? text.replaceAll('"', '').split(String.fromCharCode(delimiter)) : fields;
  }

  *takeBack(reason?: string): Generator<Reject> {
    this.isUnused = reason !== undefined;
    for (const whole of reason === undefined ? this.spoilt.keys() : [...this.wholes()]) {
      const why = reason ?? `${this.keeping(whole)}, because line ${this.spoilt.get(whole)} was rejected`;
      for (const { line, rawRow } of this.takeOut(whole)) yield { line, reason: why, rawRow };
    }
  }
}
