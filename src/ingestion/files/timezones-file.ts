import type { CalendarChange } from '../../timezones/calendars.repository.js';
import { storeIdProblem } from '../../timezones/store-id.js';
import { readTimezone } from '../../timezones/timezones.service.js';
import type { Header } from './header.js';
import { fieldsOf } from './records.js';
import type { TableFile } from './table-file.js';

export interface TimezonesFileTarget {
  resolve(storeIds: readonly string[]): Promise<Int32Array>;
  setTimezones(zones: ReadonlyMap<number, string>): Promise<CalendarChange>;
}

/** store_timezones.csv. The last row of a store wins, so nothing is written before the file is at its end. */
export class TimezonesFile implements TableFile {
  accepted = 0;
  private readonly zones = new Map<string, string>();

  constructor(
    private readonly header: Header,
    private readonly target: TimezonesFileTarget,
  ) {}

  row(bytes: Buffer, start: number, end: number, quoted: boolean): string | undefined {
    const fields = fieldsOf(bytes, start, end, quoted);
    const { positions, names, width } = this.header;
    if (fields.length !== width) return `the row has ${fields.length} fields, the header ${width}`;
    const [storeId, timezone] = positions.map((at) => fields[at]) as [string, string];
    const idProblem = storeIdProblem(storeId);
    if (idProblem) return `store_id ${idProblem}`;
    const zone = readTimezone(timezone);
    if ('problem' in zone) return `${names[1]}: ${zone.problem}`;
    this.zones.set(storeId, zone.timezone);
    return undefined;
  }

  async flush(isLast: boolean): Promise<void> {
    if (!isLast || this.zones.size === 0) return;
    const storeIds = [...this.zones.keys()];
    const ids = await this.target.resolve(storeIds);
    const zones = new Map(storeIds.map((storeId, index) => [ids[index], this.zones.get(storeId)!]));
    this.accepted += (await this.target.setTimezones(zones)).accepted;
  }
}
