import type { PoolClient } from 'pg';
import { isDistributed } from '../../../platform/database/distribution.js';
import { type StoreRange, storeCondition } from '../../../platform/database/store-set.js';
import type { InputsSnapshot, ReportInputs, ReportStore } from './report-inputs.js';
import type { ReportOrder } from './report-order.js';

/** The stores of a large report, cut by database id: those with neighbouring ids are next to each other on disk. */
export class ReportParts {
  constructor(
    private readonly snapshot: InputsSnapshot,
    private readonly order: ReportOrder,
    private readonly storesPerPart: number,
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

  range(part: number): StoreRange {
    const ids = this.ids(part);
    return { firstId: ids[0], endId: ids.at(-1)! + 1 };
  }

  async inputs(part: number): Promise<ReportInputs> {
    const range = this.range(part);
    // On Citus, stores that were added after the order was read are visible, but not in the report.
    const ids = new Set(this.ids(part));
    const stores = await readRange(this.snapshot.client, range);
    return this.snapshot.inputs(
      stores.filter(({ id }) => ids.has(id)),
      range,
    );
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

/** The stores of a range by database id. */
export async function readRange(client: PoolClient, range: StoreRange): Promise<ReportStore[]> {
  const { rows } = await client.query(
    `select id, external_id as "storeId" from store where ${storeCondition('id', range)} order by id`,
  );
  return rows;
}
