import type { PoolClient } from 'pg';
import { DomainError, quoteValue } from '#libs/errors.js';
import { visibleStores } from '../../edge/filter/visible-stores.js';
import { currentLimit } from '../../platform/database/store-limit.js';

/**
 * Checks that the caller, which has changed these stores in this transaction, may still see all of them.
 * @param ids database ids
 * @throws DomainError permission_denied, which rolls the change back
 */
export async function checkStillVisible(client: PoolClient, ids: readonly number[]): Promise<void> {
  if (!currentLimit() || ids.length === 0) return;
  const values: unknown[] = [ids];
  const { rows } = await client.query(
    `select external_id from store where id = any($1::integer[]) and not ${visibleStores(values)}
     order by external_id limit 1`,
    values,
  );
  if (rows.length === 0) return;
  throw new DomainError(
    'permission_denied',
    `The store ${quoteValue(rows[0].external_id)} must still match the filter of the API key after the change.`,
  );
}
