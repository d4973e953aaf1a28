import { type Filter, joined } from '#libs/filter/filter.js';
import { currentLimit } from '../../platform/database/store-limit.js';
import { filterSql } from './filter-sql.js';

/** Which stores the caller may see. Every statement that finds stores for a caller uses one of these. */

/**
 * An SQL condition on the columns of the table `store`: the caller may see the store.
 * @param values the statement's parameters; those of the condition are added
 */
export const visibleStores = (values: unknown[]): string => filterSql(currentLimit()?.filter, values);

/** The stores that a request selects, without those that the caller may not see. undefined: every store */
export const visibleFilter = (filter: Filter | undefined): Filter | undefined =>
  bothFilters(filter, currentLimit()?.filter);

/** The stores that both filters select. undefined: every store */
export function bothFilters(a: Filter | undefined, b: Filter | undefined): Filter | undefined {
  if (!a || !b) return a ?? b;
  return joined('and', [a, b]) as Filter; // neither is known to be true or false
}

/**
 * An SQL condition on a column `external_id`: the caller may add a store with this id. Its id alone must decide that it matches.
 * Otherwise adding a store would show whether there is one with this id outside the caller's limit.
 * @param values as for visibleStores
 */
export function addableStores(values: unknown[]): string {
  const limit = currentLimit();
  return filterSql(limit && byIdAlone(limit.filter), values);
}

/** What is left of a filter if everything but the store's id speaks against it. @param isNegated inside an odd number of `not` */
export function byIdAlone(filter: Filter, isNegated = false): Filter | boolean {
  if (filter.kind === 'not') {
    const operand = byIdAlone(filter.operand, !isNegated);
    return typeof operand === 'boolean' ? !operand : { kind: 'not', operand };
  }
  if ('operands' in filter) {
    return joined(
      filter.kind,
      filter.operands.map((operand) => byIdAlone(operand, isNegated)),
    );
  }
  if (filter.kind === 'comparison') return filter.field[0] === 'store_id' ? filter : isNegated;
  if (isNegated) return true; // the store's name may have the text
  const { text, at } = filter;
  const value = { text, anyBefore: false, anyAfter: false };
  return { kind: 'comparison', field: ['store_id'], comparator: ':', value, at, valueAt: at };
}
