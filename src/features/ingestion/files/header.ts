import { quoteValue } from '#libs/errors.js';
import type { FileKind } from '#libs/file-kind.js';
import { KEY_FORM, MAX_TAGS, isTagKey } from '../../timezones/names-and-tags.js';

/** The columns of each file, in reading order, with every accepted name. */
const COLUMNS = {
  store_status: [['store_id'], ['status'], ['timestamp_utc']],
  business_hours: [['store_id'], ['dayOfWeek', 'day', 'day_of_week'], ['start_time_local'], ['end_time_local']],
  store_timezones: [['store_id'], ['timezone_str', 'timezone']],
  special_hours: [['store_id'], ['date'], ['start_time_local'], ['end_time_local']],
  store_life: [['store_id'], ['opened_on'], ['closed_on']],
  stores: [['store_id']], // and those of furtherColumns
} as const satisfies Record<FileKind, readonly (readonly string[])[]>;

/** Where a row's required fields are. */
export interface Header {
  /** Position of each required column, in the order of COLUMNS. */
  readonly positions: readonly number[];
  /** The names as written in the file, for errors. */
  readonly names: readonly string[];
  /** The number of fields in a row; one extra empty field at the end is ignored. */
  readonly width: number;
  /** The delimiter byte. */
  readonly delimiter: number;
}

/** Finds columns by name, in any order and any case; ignores other columns, except in stores.csv. */
export function readHeader(kind: FileKind, fields: readonly string[], delimiter: number): Header | { problem: string } {
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
  if (kind === 'stores') {
    const further = furtherColumns(found, positions[0]);
    if (typeof further === 'string') return { problem: further };
    positions.push(...further);
  }
  return { positions, names: positions.map((position) => found[position]), width: found.length, delimiter };
}

/**
 * The columns of stores.csv besides the id: the name, and one for each tag. Columns without a header are ignored.
 * @returns their positions, or the problem
 */
function furtherColumns(found: readonly string[], idPosition: number): number[] | string {
  const positions = found.flatMap((name, position) => (position === idPosition || name === '' ? [] : [position]));
  const names = positions.map((position) => (isNameColumn(found[position]) ? 'name' : found[position]));
  const invalid = names.find((name) => !isTagKey(name));
  if (invalid !== undefined) return `the column of a tag must be named with ${KEY_FORM}, got ${quoteValue(invalid)}`;
  const double = names.find((name, index) => names.indexOf(name) !== index);
  if (double !== undefined)
    return `the column ${double} is there ${names.filter((name) => name === double).length} times`;
  const tags = names.filter((name) => name !== 'name');
  if (tags.length > MAX_TAGS) return `it must have at most ${MAX_TAGS} columns of tags, got ${tags.length}`;
  return positions.length > 0 ? positions : 'it must have a column name or a column of a tag besides store_id';
}

/** Whether a column of stores.csv has the name, not a tag. */
export const isNameColumn = (header: string): boolean => header.toLowerCase() === 'name';

/**
 * The required fields of a row in the order of COLUMNS, trimmed (no-break spaces too).
 * @returns an error when the number of fields differs from the header's
 */
export function wantedFields(header: Header, fields: readonly string[]): string[] | string {
  const isOneMore = fields.length === header.width + 1 && fields[header.width].trim() === '';
  if (fields.length !== header.width && !isOneMore) return widthProblem(fields.length, header.width);
  return header.positions.map((position) => fields[position].trim());
}

export const widthProblem = (fields: number, width: number): string =>
  `the row has ${fields} fields, the header ${width}`;
