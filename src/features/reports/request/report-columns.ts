import { invalidArgument, quoteValue } from '#libs/errors.js';
import { KEY_FORM, MAX_TAGS, type NameAndTags, isTagKey } from '../../timezones/names-and-tags.js';
import { isGiven } from '../../../edge/input/input.js';

/** Columns of reports that are not figures: `name`, and tags as `tags.region`. */

const TAG = 'tags.';
const MAX_COLUMNS = 1 + MAX_TAGS;
export const MAX_GROUP_BY = 3;

/** For OpenAPI. */
const STRINGS: [typeof String] = [String];
export const REPORT_COLUMNS = { type: STRINGS, maxItems: MAX_COLUMNS, example: ['name', 'tags.region'] };
export const REPORT_GROUP_BY = { type: STRINGS, maxItems: MAX_GROUP_BY, example: ['tags.region'] };

/** The further columns of a report's rows; undefined: none. @throws DomainError invalid_argument */
export const readColumns = (value: unknown): string[] | undefined =>
  readList('columns', value, MAX_COLUMNS, `name or tags.KEY, with a KEY of ${KEY_FORM}`, (column) =>
    column === 'name' ? true : isTag(column),
  );

/** The tags that make the groups of a report; undefined: no groups. @throws DomainError invalid_argument */
export const readGroupBy = (value: unknown): string[] | undefined =>
  readList('group_by', value, MAX_GROUP_BY, `tags.KEY, with a KEY of ${KEY_FORM}`, isTag);

/** A report has either further columns or groups. @throws DomainError invalid_argument */
export function checkColumns(columns: unknown, groupBy: unknown): void {
  if (!isGiven(columns) || !isGiven(groupBy)) return;
  throw invalidArgument('columns', 'columns must be absent if there is group_by: a row is a group then, not a store.');
}

const isTag = (column: string): boolean => column.startsWith(TAG) && isTagKey(column.slice(TAG.length));

function readList(
  field: string,
  value: unknown,
  max: number,
  form: string,
  isValid: (item: string) => boolean,
): string[] | undefined {
  if (!isGiven(value)) return undefined;
  if (!Array.isArray(value) || value.length === 0 || value.length > max) {
    throw invalidArgument(field, `${field} must be a list of 1 to ${max} items, got ${quoteValue(value)}.`);
  }
  value.forEach((item: unknown, index) => {
    const path = `${field}[${index}]`;
    if (typeof item !== 'string' || !isValid(item)) {
      throw invalidArgument(path, `${path} must be ${form}, got ${quoteValue(item)}.`);
    }
    if (value.indexOf(item) < index) throw invalidArgument(path, `${path} must not repeat ${quoteValue(item)}.`);
  });
  return value as string[];
}

/** A store's value in each of the columns; null: it has no name, or no such tag. */
export function valuesIn(columns: readonly string[], { name, tags }: NameAndTags): (string | null)[] {
  const values = new Map(Object.entries(tags));
  return columns.map((column) => (column === 'name' ? name : (values.get(column.slice(TAG.length)) ?? null)));
}

interface NameAndTagsFields {
  readonly name?: string | null;
  readonly tags?: Readonly<Record<string, string | null>>;
}

/** The values as fields of a JSON object: `{"name": "Corner Shop", "tags": {"region": "North"}}`. */
export function fieldsIn(columns: readonly string[], values: readonly (string | null)[]): NameAndTagsFields {
  const tags = columns.flatMap((column, index) =>
    column === 'name' ? [] : [[column.slice(TAG.length), values[index]] as const],
  );
  return {
    ...(columns.includes('name') && { name: values[columns.indexOf('name')] }),
    ...(tags.length > 0 && { tags: Object.fromEntries(tags) }),
  };
}

/** By code point, as stores are; a group without a value comes first. */
export function compareValues(a: readonly (string | null)[], b: readonly (string | null)[]): number {
  for (const [index, value] of a.entries()) {
    // UTF-8 has the order of code points.
    const order = Buffer.compare(Buffer.from(value ?? ''), Buffer.from(b[index] ?? ''));
    if (order !== 0) return order;
  }
  return 0;
}
