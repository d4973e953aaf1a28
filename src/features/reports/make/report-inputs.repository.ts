import { Injectable } from '@nestjs/common';
import { Pool, type PoolClient, escapeLiteral } from 'pg';
import type { Filter } from '#libs/filter/filter.js';
import type { Window } from '#libs/uptime/windows.js';
import { ALL_STORES, type StoreSet, spanning } from '../../../platform/database/store-set.js';
import { inSnapshot } from '../../../platform/database/transaction.js';
import { RollupsService } from '../../rollups/rollups.service.js';
import { TimezonesService } from '../../timezones/timezones.service.js';
import { InputsSnapshot, type ReportInputs, type ReportStore } from './report-inputs.js';
import { ReportOrder } from './report-order.js';
import { type PartStores, ReportParts, readPart } from './report-parts.js';

/** A report's stores: all at once, or in parts because they are too many to hold their inputs at the same time. */
export type ReportStores =
  | { readonly total: number; readonly inputs: ReportInputs }
  | { readonly total: number; readonly parts: ReportParts };

/** The stores of a report: those that every given field selects. */
export interface StoreChoice {
  /** At most 10,000 ids. */
  readonly storeIds?: readonly string[] | undefined;
  /** Those that match before the snapshot is opened. */
  readonly filter?: Filter | undefined;
  /** Database ids, ascending. Not together with a filter. */
  readonly ids?: Int32Array | undefined;
  /** The size of the parts, if there are parts. */
  readonly storesPerPart?: number;
}

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
   */
  async readStores<T>(
    windows: readonly Window[],
    use: (stores: ReportStores) => Promise<T>,
    { storeIds, filter, ids: given, storesPerPart = this.storesPerPart }: StoreChoice = {},
  ): Promise<T> {
    const ids = filter ? await this.timezones.matching(filter) : given;
    return inSnapshot(this.pool, async (client) => {
      const limit = storeIds ? undefined : this.storesPerPart + 1;
      const stores = await readStores(client, { storeIds, ids }, limit);
      if (stores.length === limit) {
        const all = await ReportOrder.read(client);
        const order = ids ? all.among(ids) : all;
        const snapshot = await this.open(client, windows);
        const parts = new ReportParts(snapshot, order, storesPerPart, ids !== undefined);
        return use({ total: order.size, parts });
      }
      const set = storeIds || ids ? spanning(stores.map(({ id }) => id).sort((a, b) => a - b)) : ALL_STORES;
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
    use: (read: (stores: PartStores) => Promise<ReportInputs>) => Promise<T>,
  ): Promise<T> {
    return inSnapshot(this.pool, async (client) => {
      if (exported !== undefined) await client.query(`set transaction snapshot ${escapeLiteral(exported)}`);
      const snapshot = await this.open(client, windows);
      return use((stores) => readPart(snapshot, stores));
    });
  }
}

async function readStores(
  client: PoolClient,
  { storeIds, ids }: Pick<StoreChoice, 'storeIds' | 'ids'>,
  limit?: number,
): Promise<ReportStore[]> {
  // Of many ids, the first of them show that there are too many.
  const listed = ids && Array.from(storeIds ? ids : ids.subarray(0, limit));
  const { rows } = await client.query(
    `select id, external_id as "storeId" from store
     where ($1::text[] is null or external_id = any($1::text[])) and ($2::integer[] is null or id = any($2::integer[]))
     order by external_id limit $3`,
    [storeIds ?? null, listed ?? null, limit ?? null],
  );
  return rows;
}
