import { storeIdProblem } from '../../timezones/store-id.js';
import { PollBatch, type SortedPolls } from '../poll-batch.js';
import { pollTimeProblem } from '../poll-fields.js';
import type { Header } from './header.js';
import { fieldsOf } from './records.js';
import { StatusLineParser } from './status-line.js';
import type { TableFile } from './table-file.js';

export interface StatusFileTarget {
  resolve(storeIds: readonly string[]): Promise<Int32Array>;
  write(polls: SortedPolls): Promise<number>;
}

/** store_status.csv: polls. */
export class StatusFile implements TableFile {
  accepted = 0;
  private readonly parser: StatusLineParser;
  private readonly batch = new PollBatch();
  /** From StatusLineParser.storeKey to the index of the store in storeIds. */
  private readonly indexes = new Map<string, number>();
  private readonly storeIds: string[] = [];

  constructor(
    header: Header,
    private readonly target: StatusFileTarget,
    private readonly nowMs: number,
  ) {
    this.parser = new StatusLineParser(header.positions, header.width);
  }

  row(bytes: Buffer, start: number, end: number, quoted: boolean): string | undefined {
    const { parser } = this;
    const problem = quoted ? parser.parseFields(fieldsOf(bytes, start, end, true)) : parser.parse(bytes, start, end);
    if (problem) return problem;
    const timeProblem = pollTimeProblem(parser.polledAtMs, this.nowMs);
    if (timeProblem) return `timestamp_utc: ${timeProblem}`;
    let index = this.indexes.get(parser.storeKey);
    if (index === undefined) {
      const storeId = Buffer.from(parser.storeKey, 'latin1').toString('utf8');
      const idProblem = storeIdProblem(storeId);
      if (idProblem) return `store_id ${idProblem}`;
      index = this.storeIds.push(storeId) - 1;
      this.indexes.set(parser.storeKey, index);
    }
    this.batch.add(index, parser.polledAtMs, parser.active);
    return undefined;
  }

  async flush(isLast: boolean): Promise<void> {
    if (this.batch.count === 0 || !(isLast || this.batch.isFull)) return;
    const ids = await this.target.resolve(this.storeIds);
    this.accepted += await this.target.write(await this.batch.sort(ids));
    this.batch.clear();
  }
}
