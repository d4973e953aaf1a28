import type { BlockLayout } from '../../platform/database/block-layout.js';
import type { SortedPolls } from './poll-batch.js';

/** The polls of one block's stores. */
export interface BlockPolls extends SortedPolls {
  readonly block: number;
}

/** The index range of one store's polls. */
interface Own {
  readonly from: number;
  readonly to: number;
}

/** Cuts polls into those of each block, in order of the blocks. */
export function* byBlock(polls: SortedPolls, layout: BlockLayout): Generator<BlockPolls> {
  const blocks = new Map<number, Own[]>();
  for (let from = 0, to = 0; from < polls.count; from = to) {
    const storeId = polls.storeIds[from];
    while (to < polls.count && polls.storeIds[to] === storeId) to++;
    const block = layout.blockOf(storeId);
    const stores = blocks.get(block);
    if (stores) stores.push({ from, to });
    else blocks.set(block, [{ from, to }]);
  }
  for (const block of [...blocks.keys()].sort((a, b) => a - b)) {
    yield { block, ...joined(polls, blocks.get(block)!) };
  }
}

/** Stores that lie side by side are not copied. */
function joined(polls: SortedPolls, stores: readonly Own[]): SortedPolls {
  const [{ from }, { to }] = [stores[0], stores.at(-1)!];
  const count = stores.reduce((sum, own) => sum + own.to - own.from, 0);
  if (count === to - from) {
    return {
      storeIds: polls.storeIds.subarray(from, to),
      polledAtMs: polls.polledAtMs.subarray(from, to),
      active: polls.active.subarray(from, to),
      count,
    };
  }
  const result = {
    storeIds: new Int32Array(count),
    polledAtMs: new Float64Array(count),
    active: new Uint8Array(count),
    count,
  };
  let at = 0;
  for (const own of stores) {
    result.storeIds.set(polls.storeIds.subarray(own.from, own.to), at);
    result.polledAtMs.set(polls.polledAtMs.subarray(own.from, own.to), at);
    result.active.set(polls.active.subarray(own.from, own.to), at);
    at += own.to - own.from;
  }
  return result;
}
