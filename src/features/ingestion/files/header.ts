import { quoteValue } from '#libs/errors.js';
import type { ImportKind } from './import-kind.js';

/** The columns of each file, in the order in which its rows are read, with every name under which they are found. */
const COLUMNS = {
  store_status: [['store_id'], ['status'], ['timestamp_utc']],
  business_hours: [['store_id'], ['dayOfWeek', 'day', 'day_of_week'], ['start_time_local'], ['end_time_local']],
  store_timezones: [['store_id'], ['timezone_str', 'timezone']],
  special_hours: [['store_id'], ['date'], ['start_time_local'], ['end_time_local']],
  store_life: [['store_id'], ['opened_on'], ['closed_on']],
} as const satisfies Record<ImportKind, readonly (readonly string[])[]>;

/** Where in a row the wanted fields stand. */
export interface Header {
  /** Position of each wanted column, in the order of COLUMNS. */
  readonly positions: readonly number[];
  /** The names as the file writes them, for errors. */
  readonly names: readonly string[];
  /** How many fields a row has; an empty one more at its end is passed over. */
  readonly width: number;
  /** The byte between fields. */
  readonly delimiter: number;
}

/** Columns are found by name, in any order, whatever their case; other columns are passed over. */
export function readHeader(
  kind: ImportKind,
  fields: readonly string[],
  delimiter: number,
): Header | { problem: string } {
  const found = fields.map((field) => field.trim());
  const positions: number[] = [];
  for (const names of COLUMNS[kind]) {
    const wanted = names.map((name) => name.toLowerCase());
    const matches = found.flatMap((name, index) => (wanted.includes(name.toLowerCase()) ? [index] : []));
    if (matches.length === 0) {
      const column = names.length === 1 ? `column ${names[0]}` : `column ${names[0]} (or ${names.slice(1).join(', ')})`;
      return { problem: `the ${column} is missing; the header has ${quoteValue(found.join(','), 200)}` };
    }
    if (matches.length > 1) return { problem: `the column ${names[0]} is there ${matches.length} times` };
    positions.push(matches[0]);
  }
  return { positions, names: positions.map((position) => found[position]), width: found.length, delimiter };
}

/**
 * The wanted fields of a row, in the order of COLUMNS, without the blanks around them (no-break spaces too).
 * @returns why it has none when their number is not the header's
 */
export function wantedFields(header: Header, fields: readonly string[]): string[] | string {
  const isOneMore = fields.length === header.width + 1 && fields[header.width].trim() === '';
  if (fields.length !== header.width && !isOneMore) return widthProblem(fields.length, header.width);
  return header.positions.map((position) => fields[position].trim());
}

export const widthProblem = (fields: number, width: number): string =>
  `the row has ${fields} fields, the header ${width}`;
