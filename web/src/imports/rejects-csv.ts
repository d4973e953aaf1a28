import { parse } from 'csv-parse/browser/esm/sync';

/** A row that could not be used. */
export interface Reject {
  /** In the file, 1 for the header. */
  readonly line: number;
  readonly reason: string;
  readonly row: string;
}

/** @param csv with the columns line, reason and raw_row */
export const readRejects = (csv: string): Reject[] =>
  parse<{ line: string; reason: string; raw_row: string }>(csv, { columns: true, bom: true }).map((record) => ({
    line: Number(record.line),
    reason: record.reason,
    row: record.raw_row,
  }));
