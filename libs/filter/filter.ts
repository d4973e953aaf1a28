/** A filter as a tree. Positions (`at`) count the characters of its text, from 1. */
export type Filter =
  | { readonly kind: 'and' | 'or'; readonly operands: readonly Filter[] }
  | { readonly kind: 'not'; readonly operand: Filter }
  | Comparison
  | Search;

export const COMPARATORS = ['=', '!=', ':'] as const;
export type Comparator = (typeof COMPARATORS)[number];

/** `tags.brand = "b*"` */
export interface Comparison {
  readonly kind: 'comparison';
  /** `tags.brand` is `['tags', 'brand']`. */
  readonly field: readonly string[];
  readonly comparator: Comparator;
  readonly value: Pattern;
  /** Of the field. */
  readonly at: number;
  readonly valueAt: number;
}

/** A text without a field. */
export interface Search {
  readonly kind: 'search';
  readonly text: string;
  readonly at: number;
}

/** A text with wildcards at its ends: `*burger` is `burger` with any text before it. `*` alone has an empty text. */
export interface Pattern {
  readonly text: string;
  readonly anyBefore: boolean;
  readonly anyAfter: boolean;
}

export const isExact = ({ anyBefore, anyAfter }: Pattern): boolean => !anyBefore && !anyAfter;
export const isAny = ({ text, anyBefore, anyAfter }: Pattern): boolean => text === '' && (anyBefore || anyAfter);

/** Every comparison and search of a filter, in the order of its text. */
export function* leavesOf(filter: Filter): Generator<Comparison | Search> {
  if (filter.kind === 'not') yield* leavesOf(filter.operand);
  else if ('operands' in filter) for (const operand of filter.operands) yield* leavesOf(operand);
  else yield filter;
}

/**
 * The filter that is left when some of its comparisons are known to be true or false.
 * @param decide undefined: not known
 */
export function simplified(
  filter: Filter,
  decide: (leaf: Comparison | Search) => boolean | undefined,
): Filter | boolean {
  if (filter.kind === 'not') {
    const operand = simplified(filter.operand, decide);
    return typeof operand === 'boolean' ? !operand : { kind: 'not', operand };
  }
  if (!('operands' in filter)) return decide(filter) ?? filter;
  return joined(
    filter.kind,
    filter.operands.map((operand) => simplified(operand, decide)),
  );
}

/** `and` or `or` of filters, some of which are known to be true or false. */
export function joined(kind: 'and' | 'or', operands: readonly (Filter | boolean)[]): Filter | boolean {
  const decisive = kind === 'or';
  if (operands.includes(decisive)) return decisive;
  const left = operands.filter((operand) => typeof operand !== 'boolean');
  if (left.length < 2) return left[0] ?? !decisive;
  return { kind, operands: left };
}
