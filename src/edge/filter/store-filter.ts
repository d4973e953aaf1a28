import { readZoneName } from '#libs/calendar/zone.js';
import { invalidArgument, quoteValue } from '#libs/errors.js';
import { type Comparison, type Filter, isExact, leavesOf, simplified } from '#libs/filter/filter.js';
import { parseFilter } from '#libs/filter/parse.js';
import { filterProblem } from '#libs/filter/tokens.js';
import { alternatives, isGiven } from '../input/input.js';

/** The fields of a store that a filter can compare, beside `tags` and `state`. */
export const TEXT_FIELDS = ['store_id', 'name', 'timezone'] as const;

/**
 * A filter of stores (docs/filter.md), as decoded by a transport.
 * @param states the values of the field `state`; absent: requests that do not know the state of stores reject it
 * @returns undefined: it is absent or empty, and selects all stores
 * @throws DomainError invalid_argument
 */
export function readStoreFilter(value: unknown, states?: readonly string[]): Filter | undefined {
  if (!isGiven(value)) return undefined;
  if (typeof value !== 'string') throw invalidArgument('filter', `filter must be a string, got ${quoteValue(value)}.`);
  const filter = parseFilter(value);
  for (const leaf of filter ? leavesOf(filter) : []) if (leaf.kind === 'comparison') check(leaf, states);
  return filter;
}

function check(comparison: Comparison, states: readonly string[] | undefined): void {
  const { field, comparator, value, at, valueAt } = comparison;
  const problem = (must: string): Error => filterProblem(must, { kind: 'value', raw: field.join('.'), at });
  const valueProblem = (must: string): Error => filterProblem(must, { kind: 'value', raw: value.text, at: valueAt });
  if (isState(comparison)) {
    if (!states) throw problem('not have state, which only the summary, heatmap and events of the fleet know');
    if (!isExact(value) || !states.includes(value.text))
      throw valueProblem(`compare state with ${alternatives(states)}`);
    return;
  }
  const [name, ...rest] = field;
  if (name === 'tags') {
    if (rest.length > 1) throw problem('have one key after tags');
    if (rest.length === 0 && comparator !== ':') throw problem('compare tags.KEY, or have : after tags');
    if (rest.length === 0 && value.text !== '' && !isExact(value)) throw valueProblem('have a key or * after tags:');
    return;
  }
  const known = TEXT_FIELDS.some((each) => each === name) && rest.length === 0;
  if (!known) throw problem(`compare ${alternatives([...TEXT_FIELDS, 'tags.KEY', ...(states ? ['state'] : [])])}`);
  const isZone = name === 'timezone' && comparator !== ':' && isExact(value);
  if (!isZone || 'value' in readZoneName(value.text)) return;
  throw valueProblem('compare timezone with a zone of the tz database, such as America/New_York');
}

const isState = ({ field }: Comparison): boolean => field[0] === 'state' && field.length === 1;

export const usesState = (filter: Filter): boolean =>
  [...leavesOf(filter)].some((leaf) => leaf.kind === 'comparison' && isState(leaf));

/** What is left of a filter for stores in a state. */
export const inState = (filter: Filter, state: string): Filter | boolean =>
  simplified(filter, (leaf) =>
    leaf.kind === 'comparison' && isState(leaf)
      ? (leaf.value.text === state) === (leaf.comparator !== '!=')
      : undefined,
  );
