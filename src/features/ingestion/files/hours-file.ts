import { storeIdProblem } from '../../timezones/store-id.js';
import type { Reject } from './reject.js';
import { CalendarFile } from './calendar-file.js';
import { fieldsOf } from './cells.js';

/**
 * A file whose rows replace openings in groups: a store's week, or one date of a store. A rejected row would leave a
 * gap in its group, so the group stays unchanged and its other rows are rejected too. Subclasses define the key that
 * names a group.
 */
export abstract class HoursFile<Value> extends CalendarFile<Value> {
  readonly requiresCompleteFile = true;
  /** For each group with a rejected row, the line of the first one. */
  protected readonly firstRejectedLine = new Map<string, number>();
  /** Whether the whole file is unused. */
  protected isUnused = false;

  /** The group of a row; undefined when the row does not show it. */
  protected abstract groupOf(storeId: string, fields: readonly (string | undefined)[]): string | undefined;

  /** The store of a group. */
  protected abstract storeOf(group: string): string;

  /** Whether a value of the group's store belongs to the group. */
  protected abstract isInGroup(value: Value, group: string): boolean;

  /** An accepted row in its written form. */
  protected abstract rawRow(storeId: string, value: Value): string;

  /** What happens to a group with a rejected row: `store "a" keeps its week`. */
  protected abstract keptGroup(group: string): string;

  onRejected(line: number, text: string): void {
    const fields = this.looseFields(text);
    const [storeId, ...otherFields] = this.header.positions.map((position) => fields[position]?.trim());
    if (storeId === undefined || storeIdProblem(storeId)) return;
    const group = this.groupOf(storeId, otherFields);
    if (group !== undefined && !this.firstRejectedLine.has(group)) this.firstRejectedLine.set(group, line);
  }

  /** The fields of a row whose quotes may be malformed. */
  private looseFields(text: string): string[] {
    const { delimiter, width } = this.header;
    const bytes = Buffer.from(text);
    const fields = fieldsOf(bytes, 0, bytes.length, text.includes('"'), delimiter);
    return fields.length < width ? text.replaceAll('"', '').split(String.fromCharCode(delimiter)) : fields;
  }

  *withdraw(reason?: string): Generator<Reject> {
    this.isUnused = reason !== undefined;
    if (reason !== undefined) return yield* this.withdrawAll(reason);
    for (const [group, rejectedLine] of this.firstRejectedLine) {
      const groupReason = `${this.keptGroup(group)}, because line ${rejectedLine} was rejected`;
      const storeId = this.storeOf(group);
      const store = this.stores.findText(storeId);
      for (const { row, value, line } of store < 0 ? [] : this.rows.of(store)) {
        if (!this.isInGroup(this.values.get(value), group)) continue;
        this.rows.remove(row);
        yield { line, reason: groupReason, rawRow: this.rawRow(storeId, this.values.get(value)) };
      }
    }
  }

  private *withdrawAll(reason: string): Generator<Reject> {
    for (const store of this.rows.stores()) {
      const storeId = this.stores.storeId(store);
      for (const { row, value, line } of this.rows.of(store)) {
        this.rows.remove(row);
        yield { line, reason, rawRow: this.rawRow(storeId, this.values.get(value)) };
      }
    }
  }
}
