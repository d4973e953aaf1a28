import { parse } from 'csv-parse/browser/esm/sync';

/** A row that could not be used. */
export interface Reject {
  /** In the file, 1 for the header. */
  readonly line: number;
  /** The column that is at fault; empty: the row as a whole. */
  readonly field: string;
  /** What stands there, quoted and perhaps shortened; empty: the reason does not repeat it. */
  readonly value: string;
  readonly reason: string;
  readonly row: string;
}

/** @param csv with the columns line, reason and raw_row */
export const readRejects = (csv: string): Reject[] =>
  parse<{ line: string; reason: string; raw_row: string }>(csv, { columns: true, bom: true }).map((record) => ({
    line: Number(record.line),
    ...partsOf(record.reason),
    row: record.raw_row,
  }));

/** `status: "maybe" is neither active nor inactive`: a column, what stands in it, and what is wrong with that. */
const REASON = /^(?<field>\w+): (?:(?<value>"(?:[^"\\]|\\.)*") )?(?<reason>.+)$/s;

function partsOf(text: string): Pick<Reject, 'field' | 'value' | 'reason'> {
  const { field = '', value = '', reason = text } = REASON.exec(text)?.groups ?? {};
  return { field, value, reason };
}
