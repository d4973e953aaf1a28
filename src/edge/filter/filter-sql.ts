import { DEFAULT_ZONE } from '#libs/calendar/calendar.js';
import { canonicalZone, readZoneName, tzNames } from '#libs/calendar/zone.js';
import { type Comparison, type Filter, type Pattern, isExact } from '#libs/filter/filter.js';

/**
 * A filter as an SQL condition on the columns of the table `store`. It is true or false, never null: a comparison with a
 * name or tag that a store does not have is false, so its negation is true.
 * @param filter as readStoreFilter returns it, without `state`; undefined: every store
 * @param values the statement's parameters; those of the condition are added
 */
export function filterSql(filter: Filter | boolean | undefined, values: unknown[]): string {
  if (typeof filter === 'boolean' || filter === undefined) return String(filter ?? true);
  if (filter.kind === 'not') return `not ${filterSql(filter.operand, values)}`;
  if ('operands' in filter) {
    return `(${filter.operands.map((operand) => filterSql(operand, values)).join(` ${filter.kind} `)})`;
  }
  if (filter.kind === 'comparison') return comparisonSql(filter, values);
  const text = parameter(containing(filter.text), values);
  return `(${contains(COLUMNS.name, text)} or ${contains(COLUMNS.store_id, text)})`;
}

/** SQL of the text that a field has. */
const COLUMNS: Readonly<Record<string, string>> = {
  store_id: 'external_id',
  name: 'name',
  timezone: `coalesce(timezone, '${DEFAULT_ZONE}')`,
};

function comparisonSql({ field: [name, key], comparator, value }: Comparison, values: unknown[]): string {
  if (comparator === '!=') return `not ${equals(name, key, value, values)}`;
  if (comparator === '=') return equals(name, key, value, values);
  if (name !== 'tags') return contains(COLUMNS[name], parameter(containing(value.text), values));
  if (key !== undefined) return contains(tag(key, values), parameter(containing(value.text), values));
  return isExact(value) ? `tags ? ${parameter(value.text, values)}` : `(tags <> '{}')`;
}

function equals(name: string, key: string | undefined, value: Pattern, values: unknown[]): string {
  if (!isExact(value)) {
    const text = key === undefined ? COLUMNS[name] : tag(key, values);
    return `coalesce(${text} like ${parameter(likePattern(value), values)}, false)`;
  }
  // The index of tags serves this form.
  if (key !== undefined) return `(tags @> ${parameter(JSON.stringify({ [key]: value.text }), values)}::jsonb)`;
  if (name === 'timezone') return `(${COLUMNS[name]} = any(${parameter(namesOfZone(value.text), values)}::text[]))`;
  return `coalesce(${COLUMNS[name]} = ${parameter(value.text, values)}, false)`;
}

const tag = (key: string, values: unknown[]): string => `(tags ->> ${parameter(key, values)}::text)`;

/** Ignores case. The collation "C", which store_id has, knows no letters but those of ASCII. */
const contains = (text: string, pattern: string): string =>
  `coalesce(${text} collate "default" ilike ${pattern}, false)`;

const containing = (text: string): string => likePattern({ text, anyBefore: true, anyAfter: true });

const likePattern = ({ text, anyBefore, anyAfter }: Pattern): string =>
  `${anyBefore ? '%' : ''}${text.replaceAll(/[\\%_]/g, String.raw`\$&`)}${anyAfter ? '%' : ''}`;

/** Every name of a zone, as stores may have it. */
function namesOfZone(name: string): string[] {
  const zone = readZoneName(name);
  if ('problem' in zone) throw new RangeError(`unknown timezone ${name}`);
  return tzNames().filter((each) => canonicalZone(each) === canonicalZone(zone.value));
}

const parameter = (value: unknown, values: unknown[]): string => `$${values.push(value)}`;
