import type { PoolClient } from 'pg';
import { isDistributed } from '../../../platform/database/distribution.js';
import { type StoreRange, type StoreSet, spanning, storeCondition } from '../../../platform/database/store-set.js';
import type { InputsSnapshot, ReportInputs, ReportStore } from './report-inputs.js';
import type { ReportOrder } from './report-order.js';

/** The stores of a part of a large report. */
export interface PartStores {
  /** From the first to the last. */
  readonly range: StoreRange;
  /** Database ids, ascending; null: all stores in the range. */
  readonly ids: readonly number[] | null;
}

/** The stores of a large report, cut by database id: those with neighbouring ids are next to each other on disk. */
export class ReportParts {
  constructor(
    private readonly snapshot: InputsSnapshot,
    private readonly order: ReportOrder,
    private readonly storesPerPart: number,
    /** Whether they are not all stores. */
    private readonly isFiltered: boolean,
  ) {}

  get count(): number {
    return Math.ceil(this.order.size / this.storesPerPart);
  }

  /** The database ids of a part's stores, ascending. */
  ids(part: number): Int32Array {
    return this.order.idsOf(part * this.storesPerPart, (part + 1) * this.storesPerPart);
  }

  /** The indexes in the report of the same stores. */
  positions(part: number): Int32Array {
    return this.order.positionsOf(part * this.storesPerPart, (part + 1) * this.storesPerPart);
  }

  /** For another process. */
  stores(part: number): PartStores {
    const ids = this.ids(part);
    const range = { firstId: ids[0], endId: ids.at(-1)! + 1 };
    return { range, ids: this.isFiltered ? Array.from(ids) : null };
  }

  inputs(part: number): Promise<ReportInputs> {
    // Also without a filter: on Citus, stores that were added after the order was read are visible, but not in the report.
    return readPart(this.snapshot, { ...this.stores(part), ids: Array.from(this.ids(part)) });
  }

  /** A name with which other transactions can read the same snapshot while this one is open; on Citus there is none. */
  async exportSnapshot(): Promise<string | undefined> {
    const { client } = this.snapshot;
    if (await isDistributed(client, 'rollup_due')) return undefined;
    return (await client.query('select pg_export_snapshot() as name')).rows[0].name as string;
  }

  /** PostgreSQL ends a session that is idle in a transaction for a minute. */
  async keepOpen(): Promise<void> {
    await this.snapshot.client.query('select');
  }
}

export async function readPart(snapshot: InputsSnapshot, { range, ids }: PartStores): Promise<ReportInputs> {
  const set = ids ? spanning(ids) : range;
  const wanted = ids && new Set(ids);
  const stores = await readSet(snapshot.client, set);
  return snapshot.inputs(wanted ? stores.filter(({ id }) => wanted.has(id)) : stores, set);
}

/** Ordered by database id. */
async function readSet(client: PoolClient, set: StoreSet): Promise<ReportStore[]> {
  const { rows } = await client.query(
    `select id, external_id as "storeId" from store where ${storeCondition('id', set)} order by id`,
  );
  return rows;
}
