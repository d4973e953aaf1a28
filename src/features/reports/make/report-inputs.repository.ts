import { Injectable } from '@nestjs/common';
import { Pool, type PoolClient, escapeLiteral } from 'pg';
import type { Window } from '#libs/uptime/windows.js';
import { ALL_STORES, type StoreRange, type StoreSet } from '../../../platform/database/store-set.js';
import { inSnapshot } from '../../../platform/database/transaction.js';
import { RollupsService } from '../../rollups/rollups.service.js';
import { TimezonesService } from '../../timezones/timezones.service.js';
import { InputsSnapshot, type ReportInputs, type ReportStore } from './report-inputs.js';
import { ReportOrder } from './report-order.js';
import { ReportParts, readRange } from './report-parts.js';

/** A report's stores: all at once, or in parts because they are too many to hold their inputs at the same time. */
export type ReportStores =
  | { readonly total: number; readonly inputs: ReportInputs }
  | { readonly total: number; readonly parts: ReportParts };

/** The inputs of a store take about 1.6 KB. */
const STORES_PER_PART = 20_000;

/** Reads a report's inputs in one snapshot. */
@Injectable()
export class ReportInputsRepository {
  private readonly storesPerPart = STORES_PER_PART;

  constructor(
    private readonly pool: Pool,
    private readonly rollups: RollupsService,
    private readonly timezones: TimezonesService,
  ) {}

  /**
   * The inputs of stores, in parts if they are many.
   * @param use runs while the snapshot is open
   * @param storeIds only these, at once; undefined: every store
   * @param storesPerPart if they are many
   */
  readStores<T>(
    windows: readonly Window[],
    use: (stores: ReportStores) => Promise<T>,
    {
      storeIds,
      storesPerPart = this.storesPerPart,
    }: { storeIds?: readonly string[] | undefined; storesPerPart?: number } = {},
  ): Promise<T> {
    return inSnapshot(this.pool, async (client) => {
      const limit = storeIds ? undefined : this.storesPerPart + 1;
      const stores = await readStores(client, storeIds, limit);
      if (stores.length === limit) {
        const order = await ReportOrder.read(client);
        const snapshot = await this.open(client, windows);
        return use({ total: order.size, parts: new ReportParts(snapshot, order, storesPerPart) });
      }
      const set = storeIds ? stores.map(({ id }) => id) : ALL_STORES;
      const snapshot = await this.open(client, windows, set);
      return use({ total: stores.length, inputs: await snapshot.inputs(stores, set) });
    });
  }

  private open(client: PoolClient, windows: readonly Window[], stores?: StoreSet): Promise<InputsSnapshot> {
    return InputsSnapshot.open(client, windows, this.rollups, this.timezones, stores);
  }

  /**
   * The inputs of parts that another process offers.
   * @param exported the name of its snapshot; undefined: read in a new one
   */
  readParts<T>(
    windows: readonly Window[],
    exported: string | undefined,
    use: (read: (range: StoreRange) => Promise<ReportInputs>) => Promise<T>,
  ): Promise<T> {
    return inSnapshot(this.pool, async (client) => {
      if (exported !== undefined) await client.query(`set transaction snapshot ${escapeLiteral(exported)}`);
      const snapshot = await this.open(client, windows);
      return use(async (range) => snapshot.inputs(await readRange(client, range), range));
    });
  }
}

async function readStores(client: PoolClient, storeIds?: readonly string[], limit?: number): Promise<ReportStore[]> {
  const { rows } = await client.query(
    `select id, external_id as "storeId" from store
     where $1::text[] is null or external_id = any($1::text[]) order by external_id limit $2`,
    [storeIds ?? null, limit ?? null],
  );
  return rows;
}
