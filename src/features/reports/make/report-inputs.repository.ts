import { Injectable } from '@nestjs/common';
import { Pool, type PoolClient } from 'pg';
import type { Window } from '#libs/uptime/windows.js';
import { ALL_STORES, type StoreRange, storeCondition } from '../../../platform/database/store-set.js';
import { inSnapshot } from '../../../platform/database/transaction.js';
import { RollupsService } from '../../rollups/rollups.service.js';
import { TimezonesService } from '../../timezones/timezones.service.js';
import { InputsSnapshot, type ReportInputs, type ReportStore } from './report-inputs.js';
import { ReportOrder } from './report-order.js';

/** Some of a report's stores. */
export interface ReportPart {
  readonly inputs: ReportInputs;
  /** The index in the report of each of the part's stores. */
  readonly positions: Int32Array;
}

/** A report's stores: all at once, or too many to hold their inputs at the same time. */
export type ReportStores =
  | { readonly total: number; readonly inputs: ReportInputs }
  | {
      readonly total: number;
      /** By database id, because stores with neighbouring ids are next to each other on disk. */
      readonly parts: AsyncIterable<ReportPart>;
    };

/** The inputs of a store take about 1.6 KB. With larger parts a report is not made faster. */
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
   * The inputs of all stores.
   * @param use runs while the snapshot is open
   */
  read<T>(windows: readonly Window[], use: (inputs: ReportInputs) => Promise<T>): Promise<T> {
    return inSnapshot(this.pool, async (client) => {
      const stores = await readStores(client);
      return use(await (await this.open(client, windows)).inputs(stores, ALL_STORES));
    });
  }

  /**
   * The inputs of stores, in parts if they are many.
   * @param use runs while the snapshot is open
   * @param storeIds only these, at once; undefined: every store
   */
  readStores<T>(
    windows: readonly Window[],
    use: (stores: ReportStores) => Promise<T>,
    storeIds?: readonly string[],
  ): Promise<T> {
    return inSnapshot(this.pool, async (client) => {
      const limit = storeIds ? undefined : this.storesPerPart + 1;
      const stores = await readStores(client, storeIds, limit);
      if (stores.length === limit) {
        const order = await ReportOrder.read(client);
        return use({ total: order.size, parts: this.parts(await this.open(client, windows), order) });
      }
      const ids = storeIds && stores.map(({ id }) => id);
      const snapshot = await this.open(client, windows, ids);
      return use({ total: stores.length, inputs: await snapshot.inputs(stores, ids ?? ALL_STORES) });
    });
  }

  private open(client: PoolClient, windows: readonly Window[], ids?: readonly number[]): Promise<InputsSnapshot> {
    return InputsSnapshot.open(client, windows, this.rollups, this.timezones, ids);
  }

  private async *parts(snapshot: InputsSnapshot, order: ReportOrder): AsyncGenerator<ReportPart> {
    for (let start = 0; start < order.size; start += this.storesPerPart) {
      const ids = order.idsOf(start, start + this.storesPerPart);
      const range = { firstId: ids[0], endId: ids.at(-1)! + 1 };
      const stores = await readStoresById(snapshot.client, range, new Set(ids));
      const inputs = await snapshot.inputs(stores, range);
      yield { inputs, positions: order.positionsOf(start, start + this.storesPerPart) };
    }
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

/** The stores of a range. On Citus this query may see stores that were added after `ids` were read. */
async function readStoresById(client: PoolClient, range: StoreRange, ids: ReadonlySet<number>): Promise<ReportStore[]> {
  const { rows } = await client.query(
    `select id, external_id as "storeId" from store where ${storeCondition('id', range)} order by id`,
  );
  return (rows as ReportStore[]).filter(({ id }) => ids.has(id));
}
