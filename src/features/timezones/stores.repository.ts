import { Injectable } from '@nestjs/common';
import { Pool } from 'pg';

/** A store as the outside knows it. */
export interface StoreRow {
  readonly id: number;
  readonly storeId: string;
  /** IANA name, or null where none was given. */
  readonly timezone: string | null;
}

/** The first few of many. */
export interface Some<Item = string> {
  readonly count: number;
  readonly first: readonly Item[];
}

/**
 * What ids have in common that people take for the same: case, blanks and quotes around them, leading zeros, and the `.0`
 * of a number that a program has read as a fraction.
 */
const LIKENESS = String.raw`regexp_replace(
  lower(btrim(external_id, E' \t\u00a0\u200b\ufeff"''')), '^(-?)0+(?=.)|\.0+$', '\1', 'g')`;

/** Ids never change, so what was looked up once is kept; about 60 MB when full. */
const MAX_KNOWN_IDS = 500_000;
const IDS_PER_STATEMENT = 10_000;

/** The home of store: which number stands for which id. */
@Injectable()
export class StoresRepository {
  private readonly cache = new Map<string, number>();

  constructor(private readonly pool: Pool) {}

  /** The database ids of stores, in the order of `storeIds`; stores that are not known yet are added. */
  async resolve(storeIds: readonly string[]): Promise<Int32Array> {
    const unknown = [...new Set(storeIds.filter((storeId) => !this.cache.has(storeId)))];
    const fresh = unknown.length === 0 ? this.cache : await this.lookUpOrAdd(unknown);
    const ids = Int32Array.from(storeIds, (storeId) => fresh.get(storeId) ?? this.cache.get(storeId)!);
    if (fresh !== this.cache && this.cache.size + fresh.size <= MAX_KNOWN_IDS) {
      for (const [storeId, id] of fresh) this.cache.set(storeId, id);
    }
    return ids;
  }

  /** Those of the ids that a store has. */
  async known(storeIds: readonly string[]): Promise<string[]> {
    const ids = new Map<string, number>();
    await this.lookUp(storeIds, ids);
    return [...ids.keys()];
  }

  /** Groups of ids that differ in no more than LIKENESS passes over: how many, and the first of them. */
  async similarIds(limit: number): Promise<Some<string[]>> {
    const { rows } = await this.pool.query(
      `select ids, count(*) over ()::integer as count
       from (select (array_agg(external_id order by external_id))[1:3] as ids
             from store group by ${LIKENESS} having count(*) > 1) as groups
       order by ids limit $1`,
      [limit],
    );
    return { count: rows[0]?.count ?? 0, first: rows.map(({ ids }: { ids: string[] }) => ids) };
  }

  private async lookUpOrAdd(storeIds: readonly string[]): Promise<Map<string, number>> {
    const ids = new Map<string, number>();
    for (let at = 0; at < storeIds.length; at += IDS_PER_STATEMENT) {
      const wanted = storeIds.slice(at, at + IDS_PER_STATEMENT);
      // Looked up first: an INSERT that finds every store there would still use up a number for each.
      await this.lookUp(wanted, ids);
      const missing = wanted.filter((storeId) => !ids.has(storeId));
      if (missing.length === 0) continue;
      // In the order of the unique key, so that two who add the same stores wait for each other instead of deadlocking.
      await this.pool.query(
        `insert into store (external_id)
         select external_id from unnest($1::text[]) as new (external_id) order by external_id collate "C"
         on conflict (external_id) do nothing`,
        [missing],
      );
      await this.lookUp(missing, ids);
    }
    return ids;
  }

  private async lookUp(storeIds: readonly string[], into: Map<string, number>): Promise<void> {
    const { rows } = await this.pool.query('select id, external_id from store where external_id = any($1::text[])', [
      storeIds,
    ]);
    for (const { id, external_id } of rows) into.set(external_id, id);
  }

  async find(storeId: string): Promise<StoreRow | undefined> {
    const { rows } = await this.pool.query(
      'select id, external_id as "storeId", timezone from store where external_id = $1',
      [storeId],
    );
    return rows[0];
  }

  /** Stores in the order of their ids (code points), from after `after`. */
  async page(after: string, limit: number): Promise<StoreRow[]> {
    const { rows } = await this.pool.query(
      'select id, external_id as "storeId", timezone from store where external_id > $1 order by external_id limit $2',
      [after, limit],
    );
    return rows;
  }
}
