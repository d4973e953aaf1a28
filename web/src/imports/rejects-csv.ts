import { parse } from 'csv-parse/browser/esm/sync';

/** A rejected row. */
export interface Reject {
  /** Line number in the file; the header is line 1. */
  readonly line: number;
  /** The invalid column; empty: the whole row is invalid. */
  readonly field: string;
  /** The invalid value, quoted and possibly shortened; empty: the reason does not include it. */
  readonly value: string;
  readonly reason: string;
  readonly row: string;
}

/** @param csv with the columns line, reason and raw_row */
export const readRejects = (csv: string): Reject[] =>
  parse<{ line: string; reason: string; raw_row: string }>(csv, { columns: true, bom: true }).map((record) => ({
    line: Number(record.line),
    ...splitReason(record.reason),
    row: record.raw_row,
  }));

/** `status: "maybe" is neither active nor inactive`: column, value and reason. */
const REASON = /^(?<field>\w+): (?:(?<value>"(?:[^"\\]|\\.)*") )?(?<reason>.+)$/s;

function splitReason(text: string): Pick<Reject, 'field' | 'value' | 'reason'> {
  const { field = '', value = '', reason = text } = REASON.exec(text)?.groups ?? {};
  return { field, value, reason };
}
