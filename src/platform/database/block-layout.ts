import type { Pool, PoolClient } from 'pg';
import { DomainError } from '#libs/errors.js';
import type { StoreSet } from './store-set.js';

/** Stores per block: enough to be worth a transaction, few enough to keep it short. */
const STORES_PER_BLOCK = 1_000;

/** How stores are cut into blocks, by database id (docs/decisions/0033-blocks-along-shards.md). */
export interface BlockLayout {
  readonly name: 'range' | 'shard';
  /** The average difference between a block's neighbouring ids. */
  readonly spacing: number;
  blockOf(storeId: number): number;
  /** SQL for `blockOf` of an integer expression. */
  sqlOf(storeId: string): string;
  /** The last block when `lastId` is the highest id in use. */
  lastBlock(lastId: number): number;
  /** The stores of a block; some of these ids may not be in use. */
  storesOf(block: number): StoreSet;
  /** The cheapest condition for these stores of one block. It may include more stores of that block, between them. */
  spanOf(ascendingIds: readonly number[]): StoreSet;
}

/** A block is a range of ids, whose rows lie side by side. For plain PostgreSQL. */
export const RANGES: BlockLayout = {
  name: 'range',
  spacing: 1,
  blockOf: (storeId) => Math.floor(storeId / STORES_PER_BLOCK),
  sqlOf: (storeId) => `${storeId} / ${STORES_PER_BLOCK}`,
  lastBlock: (lastId) => Math.floor(lastId / STORES_PER_BLOCK),
  storesOf: (block) => ({ firstId: block * STORES_PER_BLOCK, endId: (block + 1) * STORES_PER_BLOCK }),
  spanOf: (ids) => ({ firstId: ids[0], endId: ids.at(-1)! + 1 }),
};

/**
 * Citus cuts the range of hashes into equal parts, one per shard. This is its default number. With half, a quarter or
 * another such fraction of it, the stores of a block still share a shard.
 */
const SHARD_BITS = 5;
const SHARDS_COUNT = 2 ** SHARD_BITS;
const STORES_PER_GROUP = SHARDS_COUNT * STORES_PER_BLOCK;

/**
 * A block is the stores of 32,000 consecutive ids whose hashes are in the same 32nd of the range of hashes: about a
 * thousand, all in one shard. For Citus: work on a block is work on one server.
 */
export const SHARDS: BlockLayout = {
  name: 'shard',
  spacing: SHARDS_COUNT,
  blockOf: (storeId) => Math.floor(storeId / STORES_PER_GROUP) * SHARDS_COUNT + hashPart(storeId),
  sqlOf: (storeId) =>
    `${storeId} / ${STORES_PER_GROUP} * ${SHARDS_COUNT} + ((hashint4(${storeId})::bigint + 2147483648) >> ${32 - SHARD_BITS})::integer`,
  lastBlock: (lastId) => (Math.floor(lastId / STORES_PER_GROUP) + 1) * SHARDS_COUNT - 1,
  storesOf(block) {
    const firstId = Math.floor(block / SHARDS_COUNT) * STORES_PER_GROUP;
    const ids: number[] = [];
    for (let id = firstId; id < firstId + STORES_PER_GROUP; id++) {
      if (hashPart(id) === block % SHARDS_COUNT) ids.push(id);
    }
    return ids;
  },
  spanOf: (ids) => ids,
};

/** Which part of the range of signed 32-bit hashes an id is in. */
const hashPart = (storeId: number): number => (hashint4(storeId) ^ 0x80000000) >>> (32 - SHARD_BITS);

/**
 * PostgreSQL's function of this name, by which Citus distributes an integer column: `hash_bytes_uint32` in
 * src/common/hashfn.c, which is the last step of Bob Jenkins' lookup3. Returns a signed 32-bit integer.
 */
export function hashint4(value: number): number {
  const start = (0x9e3779b9 + 4 + 3_923_095) | 0;
  let [a, b, c] = [(start + value) | 0, start, start];
  c = ((c ^ b) - rotated(b, 14)) | 0;
  a = ((a ^ c) - rotated(c, 11)) | 0;
  b = ((b ^ a) - rotated(a, 25)) | 0;
  c = ((c ^ b) - rotated(b, 16)) | 0;
  a = ((a ^ c) - rotated(c, 4)) | 0;
  b = ((b ^ a) - rotated(a, 14)) | 0;
  return ((c ^ b) - rotated(b, 24)) | 0;
}

const rotated = (value: number, bits: number): number => (value << bits) | (value >>> (32 - bits));

/** The layout that the blocks of this database have. It changes only when the tables are distributed. */
export async function readBlockLayout(on: Pool | PoolClient): Promise<BlockLayout> {
  const { rows } = await on.query('select block_layout as name from rollup_state');
  return rows[0].name === SHARDS.name ? SHARDS : RANGES;
}

/** @throws DomainError unavailable when the tables were distributed after a process read the layout */
export function checkLayout(layout: BlockLayout, name: string): void {
  if (name !== layout.name)
    throw new DomainError('unavailable', 'The tables were distributed while this process ran. Start it again.');
}

/**
 * Statements that change to the layout of shards. Every block becomes as old as the oldest one, so that no hour is
 * skipped, and blocks of the new layout that did not exist do too.
 */
export const TO_SHARDS: readonly string[] = [
  `update rollup_state set block_layout = '${SHARDS.name}'`,
  'update rollup_block set rolled_to = (select case when bool_and(rolled_to is not null) then min(rolled_to) end from rollup_block)',
  `insert into rollup_block (block, rolled_to) select block, (select min(rolled_to) from rollup_block) from (select distinct ${SHARDS.sqlOf('id')} as block from store) as blocks on conflict (block) do nothing`,
];
