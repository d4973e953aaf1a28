import { Injectable } from '@nestjs/common';
import { Pool, type PoolClient } from 'pg';
import { invalidArgument, quoteValue } from '#libs/errors.js';
import { Lock } from '../../platform/database/locks.js';
import { type StoreSet, storeCondition } from '../../platform/database/store-set.js';
import { inTransaction } from '../../platform/database/transaction.js';
import { visibleStores } from '../../edge/filter/visible-stores.js';
import type { CalendarChange } from './calendars.repository.js';
import { checkStillVisible } from './still-visible.js';
import { MAX_TAGS, type NameAndTags, type NameAndTagsChange, changed, isSame } from './names-and-tags.js';

/** Owns the columns name and tags of store. */
@Injectable()
export class NamesRepository {
  constructor(private readonly pool: Pool) {}

  /**
   * Changes names and tags of stores, which are given by database id. An unchanged store is not written.
   * @throws DomainError invalid_argument if a store would have too many tags
   */
  change(changes: ReadonlyMap<number, NameAndTagsChange>, replaceTags: boolean): Promise<CalendarChange> {
    return inTransaction(this.pool, async (client) => {
      // Timezones and lives are updated in the same rows, so without a lock two files could deadlock.
      await client.query('select pg_advisory_xact_lock($1)', [Lock.calendars]);
      const { rows } = await client.query(
        'select id, external_id, name, tags from store where id = any($1::integer[])',
        [[...changes.keys()]],
      );
      const after = new Map<number, NameAndTags>();
      for (const before of rows as (NameAndTags & { id: number; external_id: string })[]) {
        const next = changed(before, changes.get(before.id)!, replaceTags);
        const count = Object.keys(next.tags).length;
        if (count > MAX_TAGS) throw invalidArgument('tags', `${tooManyTags(before.external_id, count)}.`);
        if (!isSame(before, next)) after.set(before.id, next);
      }
      if (after.size > 0) {
        await client.query(
          `update store set name = changed.name, tags = changed.tags::jsonb
           from unnest($1::integer[], $2::text[], $3::text[]) as changed (store_id, name, tags)
           where store.id = changed.store_id`,
          [
            [...after.keys()],
            Array.from(after.values(), ({ name }) => name),
            Array.from(after.values(), ({ tags }) => JSON.stringify(tags)),
          ],
        );
      }
      await checkStillVisible(client, [...after.keys()]);
      return { accepted: after.size, duplicate: changes.size - after.size };
    });
  }

  /** The names and tags of stores by database id. */
  async named(stores: StoreSet): Promise<Map<number, NameAndTags>> {
    return readNames(this.pool, stores);
  }

  /** The keys of the stores' tags, by external id; stores without tags are missing. */
  async tagKeys(storeIds: readonly string[]): Promise<Map<string, string[]>> {
    const values: unknown[] = [storeIds];
    const { rows } = await this.pool.query(
      `select external_id, tags from store
       where external_id = any($1::text[]) and tags <> '{}' and ${visibleStores(values)}`,
      values,
    );
    return new Map(rows.map(({ external_id, tags }) => [external_id as string, Object.keys(tags as object)]));
  }
}

/** The names and tags of stores by database id, as seen by `client`'s transaction. */
export async function readNames(client: Pool | PoolClient, stores: StoreSet): Promise<Map<number, NameAndTags>> {
  const { rows } = await client.query(
    `select id, name, tags from store where ${storeCondition('id', stores)} order by id`,
  );
  return new Map(rows.map(({ id, name, tags }) => [id as number, { name, tags }]));
}

/** The problem of a store with so many tags, as a sentence without its period. */
export const tooManyTags = (storeId: string, count: number): string =>
  `store ${quoteValue(storeId)} must have at most ${MAX_TAGS} tags, got ${count} with those it has`;
