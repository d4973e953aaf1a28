import { setImmediate as nextTurn } from 'node:timers/promises';
import type { CalendarChange } from '../../timezones/calendars.repository.js';
import { MAX_TAGS, type NameAndTagsChange, readText } from '../../timezones/names-and-tags.js';
import { tooManyTags } from '../../timezones/names.repository.js';
import type { NamesService } from '../../timezones/names.service.js';
import type { TimezonesService } from '../../timezones/timezones.service.js';
import { CalendarFile, lastOfEach } from './calendar-file.js';
import { type Header, isNameColumn } from './header.js';
import type { Reject } from './reject.js';
import { EncodedValues } from './values.js';

const STORES_PER_LOOKUP = 10_000;

/**
 * stores.csv. Sets the name and the tags that the file has columns for; an empty cell removes them. The last row of a
 * store wins.
 */
export class StoresFile extends CalendarFile<NameAndTagsChange> {
  /** The number of tags that each of these stores would have, which is too many. */
  private readonly tooMany = new Map<number, number>();

  /** @param replaceTags whether all tags of the file's stores are replaced */
  constructor(
    header: Header,
    timezones: TimezonesService,
    private readonly names: NamesService,
    private readonly replaceTags: boolean,
  ) {
    super(header, timezones, new EncodedValues((fields) => changeOf(header, fields) as NameAndTagsChange));
  }

  protected read(fields: string[]): string | { value: NameAndTagsChange } {
    const change = changeOf(this.header, fields);
    return typeof change === 'string' ? change : { value: change };
  }

  protected write(stores: ReadonlyMap<number, readonly NameAndTagsChange[]>): Promise<CalendarChange> {
    return this.names.change(lastOfEach(stores), this.replaceTags);
  }

  /** Finds the stores that would have too many tags. The file alone cannot have too many. */
  async prepare(): Promise<void> {
    if (this.replaceTags) return;
    let batch: number[] = [];
    for (const store of this.rows.stores()) {
      if (batch.push(store) < STORES_PER_LOOKUP) continue;
      await this.countTags(batch);
      batch = [];
    }
    await this.countTags(batch);
  }

  private async countTags(stores: readonly number[]): Promise<void> {
    await nextTurn();
    const known = await this.names.tagKeys(stores.map((store) => this.stores.storeId(store)));
    const columns = new Set(this.header.names);
    for (const store of stores) {
      const others = known.get(this.stores.storeId(store))?.filter((key) => !columns.has(key)) ?? [];
      if (others.length === 0) continue;
      const { tags } = this.values.get(this.rows.of(store).at(-1)!.value);
      const count = others.length + [...tags.values()].filter((value) => value !== null).length;
      if (count > MAX_TAGS) this.tooMany.set(store, count);
    }
  }

  *withdraw(reason?: string): Generator<Reject> {
    if (reason !== undefined) return;
    for (const [store, count] of this.tooMany) {
      const storeId = this.stores.storeId(store);
      for (const { row, value, line } of this.rows.of(store)) {
        this.rows.remove(row);
        yield { line, reason: tooManyTags(storeId, count), rawRow: this.rawRow(storeId, this.values.get(value)) };
      }
    }
  }

  /** The row as it was parsed; the original bytes of accepted rows are not kept. */
  private rawRow(storeId: string, { name, tags }: NameAndTagsChange): string {
    return [storeId, ...(name === undefined ? [] : [name]), ...tags.values()].map((cell) => cell ?? '').join(',');
  }
}

/** @returns the change, or why the row is rejected */
function changeOf({ names }: Header, fields: readonly string[]): NameAndTagsChange | string {
  let name: string | null | undefined;
  const tags = new Map<string, string | null>();
  for (const [index, column] of names.slice(1).entries()) {
    const text = readText(fields[index]);
    if ('problem' in text) return `${column} ${text.problem}`;
    if (isNameColumn(column)) name = text.value;
    else tags.set(column, text.value);
  }
  return { name, tags };
}
