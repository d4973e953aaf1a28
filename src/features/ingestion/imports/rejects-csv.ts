import { stringify } from 'csv-stringify/sync';
import { defused } from '../../../edge/csv/csv-cell.js';
import type { Reject } from '../files/reject.js';

/** The rejected rows of an import as a CSV with the columns line, reason, raw_row. */
export async function* rejectsCsv(rejects: AsyncIterable<Reject>): AsyncGenerator<string> {
  yield stringify([['line', 'reason', 'raw_row']]);
  for await (const { line, reason, rawRow } of rejects) {
    yield stringify([[String(line), defused(reason), defused(rawRow)]]);
  }
}
