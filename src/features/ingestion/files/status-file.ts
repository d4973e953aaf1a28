import { Int32Column } from '../../timezones/int32-column.js';
import { storeIdProblem } from '../../timezones/store-id.js';
import type { StoreKeys } from '../../timezones/store-keys.js';
import type { PollsByWeek, WeekOfPolls } from '../../polls/polls-by-week.js';
import { pollTimeProblem } from '../../polls/poll-fields.js';
import { fieldsOf } from './cells.js';
import type { Header } from './header.js';
import { StatusLineParser } from './status-line.js';
import type { TableFile } from './table-file.js';

/** store_status.csv: polls. */
export class StatusFile implements TableFile {
  accepted = 0;
  private readonly parser: StatusLineParser;
  /** The store number in `polls` + 1 of each key, or 0. */
  private readonly numbers = new Int32Column();

  /** @param write writes a week durably and returns how many polls were new or changed a known status */
  constructor(
    private readonly header: Header,
    private readonly stores: StoreKeys,
    private readonly polls: PollsByWeek,
    private readonly write: (week: WeekOfPolls) => Promise<number>,
    private readonly nowMs: number,
    /** Polls before this are rejected. */
    private readonly horizonMs: number,
  ) {
    this.parser = new StatusLineParser(header);
  }

  row(bytes: Buffer, start: number, end: number, quoted: boolean): string | undefined {
    const { parser } = this;
    const problem = quoted
      ? parser.parseFields(fieldsOf(bytes, start, end, true, this.header.delimiter))
      : parser.parse(bytes, start, end);
    if (problem) return problem;
    const timeProblem = pollTimeProblem(parser.polledAtMs, this.nowMs, this.horizonMs);
    if (timeProblem) return `timestamp_utc: ${timeProblem}`;
    const { idBytes, idStart, idEnd } = parser;
    let key = this.stores.find(idBytes, idStart, idEnd);
    if (key < 0) {
      const storeId = Buffer.from(idBytes.subarray(idStart, idEnd)).toString('utf8');
      const idProblem = storeIdProblem(storeId);
      if (idProblem) return `store_id ${idProblem}`;
      key = this.stores.add(idBytes, idStart, idEnd);
    }
    let store = this.numbers.get(key) - 1;
    if (store < 0) {
      store = this.polls.addStore(key);
      this.numbers.set(key, store + 1);
    }
    this.polls.add(store, parser.polledAtMs, parser.active);
    return undefined;
  }

  async flush(isLast: boolean): Promise<void> {
    if (!isLast) return this.polls.relieve();
    for await (const week of this.polls.weeks()) this.accepted += await this.write(week);
  }

  close(): Promise<void> {
    return this.polls.close();
  }
}
