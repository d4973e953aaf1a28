import { setImmediate as nextTurn } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { Pool } from 'pg';
import { notFound, quoteValue } from '#libs/errors.js';
import type { Filter } from '#libs/filter/filter.js';
import { filterSql } from '../../edge/filter/filter-sql.js';
import { addableStores, visibleStores } from '../../edge/filter/visible-stores.js';
import { currentLimit } from '../../platform/database/store-limit.js';
import type { NameAndTags } from './names-and-tags.js';
import { StoreKeys } from './store-keys.js';

/** A store with its external id. */
export interface StoreRow extends NameAndTags {
  readonly id: number;
  readonly storeId: string;
  /** IANA name, or null where none was given. */
  readonly timezone: string | null;
}

/** SQL: the columns of a StoreRow. */
const STORE_ROW = 'id, external_id as "storeId", timezone, name, tags';

/** The total number of items and the first few of them. */
export interface CountedSample<Item = string> {
  readonly count: number;
  readonly first: readonly Item[];
}

/**
 * SQL: normalises an id so that likely spellings of one id are equal: case, surrounding blanks and quotes, leading
 * zeros, and the `.0` of a number that a program read as a fraction.
 */
const NORMALIZED_ID = String.raw`regexp_replace(
  lower(btrim(external_id, E' \t\u00a0\u200b\ufeff"''')), '^(-?)0+(?=.)|\.0+$', '\1', 'g')`;

/** Ids never change, so lookups are cached. A full cache takes about 90 MB. */
const MAX_KNOWN_IDS = 1_500_000;
const IDS_PER_STATEMENT = 10_000;

/** The same for a store that the caller may not see. */
export const noStore = (storeId: string): Error => notFound(`${noStoreReason(storeId)}.`);

/** As a sentence without its period. */
export const noStoreReason = (storeId: string): string => `There is no store ${quoteValue(storeId)}`;

/**
 * Owns the table store, which maps external ids to database ids. A caller with a limit finds no store outside it, and adds none:
 * the cache of ids is not used for it, since the stores that match change.
 */
@Injectable()
export class StoresRepository {
  private cache = new StoreKeys();

  constructor(private readonly pool: Pool) {}

  /** The ids seen so far, for a file that adds its own. */
  keys(): StoreKeys {
    // A file may have any number of ids. They are released once no file uses them.
    if (this.cache.size > MAX_KNOWN_IDS) this.cache = new StoreKeys();
    return this.cache;
  }

  /**
   * The database ids of stores, in the order of `storeIds`; adds unknown stores.
   * @throws DomainError not_found for a store that the caller may neither see nor add
   */
  async resolve(storeIds: readonly string[]): Promise<Int32Array> {
    const keys = this.keys();
    const isLimited = currentLimit() !== undefined;
    const ids = new Int32Array(storeIds.length);
    for (let at = 0; at < storeIds.length; at += IDS_PER_STATEMENT) {
      if (at > 0) await nextTurn();
      const batch = storeIds.slice(at, at + IDS_PER_STATEMENT);
      const unknown = new Set<string>();
      for (const [index, storeId] of batch.entries()) {
        const key = keys.findText(storeId);
        ids[at + index] = isLimited || key < 0 ? 0 : keys.idOf(key);
        if (ids[at + index] === 0) unknown.add(storeId);
      }
      if (unknown.size === 0) continue;
      const added = await this.lookUpOrAdd([...unknown]);
      for (const [index, storeId] of batch.entries()) ids[at + index] ||= added.get(storeId)!;
      for (const [storeId, id] of added) {
        if (keys.size < MAX_KNOWN_IDS || keys.findText(storeId) >= 0) keys.setId(keys.of(storeId), id);
      }
    }
    return ids;
  }

  /**
   * The database ids of stores by their numbers in `keys`, which remember them; adds unknown stores.
   * @throws DomainError not_found for a store that the caller may neither see nor add
   */
  async resolveKeys(keys: StoreKeys, wanted: ArrayLike<number>): Promise<Int32Array> {
    const isLimited = currentLimit() !== undefined;
    const ids = new Int32Array(wanted.length);
    for (let at = 0; at < ids.length; at += IDS_PER_STATEMENT) {
      if (at > 0) await nextTurn();
      const end = Math.min(at + IDS_PER_STATEMENT, ids.length);
      const unknown = new Set<number>();
      for (let i = at; i < end; i++) if (isLimited || keys.idOf(wanted[i]) === 0) unknown.add(wanted[i]);
      if (unknown.size > 0) await this.resolveUnknown(keys, unknown);
      for (let i = at; i < end; i++) ids[i] = keys.idOf(wanted[i]);
    }
    return ids;
  }

  private async resolveUnknown(keys: StoreKeys, unknown: ReadonlySet<number>): Promise<void> {
    const ids = await this.lookUpOrAdd(Array.from(unknown, (key) => keys.storeId(key)));
    for (const [storeId, id] of ids) keys.setId(keys.of(storeId), id);
  }

  /** The ids among these of stores that the caller may see. */
  async known(storeIds: readonly string[]): Promise<string[]> {
    const ids = new Map<string, number>();
    await this.lookUp(storeIds, ids);
    return [...ids.keys()];
  }

  /** The ids among these of stores that the caller may see or add; undefined: all, since it has no limit. */
  async usable(storeIds: readonly string[]): Promise<ReadonlySet<string> | undefined> {
    if (!currentLimit()) return undefined;
    const usable = new Set<string>();
    for (let at = 0; at < storeIds.length; at += IDS_PER_STATEMENT) {
      const batch = storeIds.slice(at, at + IDS_PER_STATEMENT);
      for (const storeId of [...(await this.known(batch)), ...(await this.addable(batch))]) usable.add(storeId);
    }
    return usable;
  }

  /** The ids among these with which the caller may add a store. */
  private async addable(storeIds: readonly string[]): Promise<string[]> {
    const values: unknown[] = [storeIds];
    const text = `select external_id from unnest($1::text[]) as store (external_id) where ${addableStores(values)}`;
    const { rows } = await this.pool.query<[string]>({ text, values, rowMode: 'array' });
    return rows.map(([storeId]) => storeId);
  }

  /** Groups of ids that are equal after NORMALIZED_ID: how many, and the first of them. */
  async similarIds(limit: number): Promise<CountedSample<string[]>> {
    const { rows } = await this.pool.query(
      `select ids, count(*) over ()::integer as count
       from (select (array_agg(external_id order by external_id))[1:3] as ids
             from store group by ${NORMALIZED_ID} having count(*) > 1) as groups
       order by ids limit $1`,
      [limit],
    );
    return { count: rows[0]?.count ?? 0, first: rows.map(({ ids }: { ids: string[] }) => ids) };
  }

  private async lookUpOrAdd(storeIds: readonly string[]): Promise<Map<string, number>> {
    const ids = new Map<string, number>();
    // Looks up first: an INSERT uses up a sequence number even for an existing store.
    await this.lookUp(storeIds, ids);
    const missing = storeIds.filter((storeId) => !ids.has(storeId));
    if (missing.length === 0) return ids;
    if (currentLimit()) {
      const addable = new Set(await this.addable(missing));
      const refused = missing.find((storeId) => !addable.has(storeId));
      if (refused !== undefined) throw noStore(refused);
    }
    // In the order of the unique key, so that concurrent inserts of the same stores wait instead of deadlocking.
    await this.pool.query(
      `insert into store (external_id)
       select external_id from unnest($1::text[]) as new (external_id) order by external_id collate "C"
       on conflict (external_id) do nothing`,
      [missing],
    );
    await this.lookUp(missing, ids);
    return ids;
  }

  private async lookUp(storeIds: readonly string[], into: Map<string, number>): Promise<void> {
    const values: unknown[] = [storeIds];
    const { rows } = await this.pool.query(
      `select id, external_id from store where external_id = any($1::text[]) and ${visibleStores(values)}`,
      values,
    );
    for (const { id, external_id } of rows) into.set(external_id, id);
  }

  async find(storeId: string): Promise<StoreRow | undefined> {
    const values: unknown[] = [storeId];
    const { rows } = await this.pool.query(
      `select ${STORE_ROW} from store where external_id = $1 and ${visibleStores(values)}`,
      values,
    );
    return rows[0];
  }

  /** Stores after `after`, in order of their ids (code points). */
  async page(after: string, limit: number, filter?: Filter): Promise<StoreRow[]> {
    const values: unknown[] = [after, limit];
    const condition = `${filterSql(filter, values)} and ${visibleStores(values)}`;
    const { rows } = await this.pool.query(
      `select ${STORE_ROW} from store where external_id > $1 and ${condition} order by external_id limit $2`,
      values,
    );
    return rows;
  }

  /** The database ids of the stores that a filter selects, ascending. */
  async matching(filter: Filter | boolean): Promise<Int32Array> {
    const values: unknown[] = [];
    const condition = `${filterSql(filter, values)} and ${visibleStores(values)}`;
    const text = `select id from store where ${condition} order by id`;
    const { rows } = await this.pool.query<[number]>({ text, values, rowMode: 'array' });
    return Int32Array.from(rows, ([id]) => id);
  }
}
