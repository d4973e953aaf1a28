/** Blocks that are written side by side: while one is computed, another's rows are on their way. */
const BLOCKS_AT_ONCE = 2;

/** Works on blocks. When one fails, no other is begun, and the failure is thrown once those in hand have ended. */
export async function sideBySide<Block>(blocks: Iterable<Block>, work: (block: Block) => Promise<void>): Promise<void> {
  const next = each(blocks);
  // a loop that is left closes the generator, and the other loops end with it
  const worker = async (): Promise<void> => {
    for (const block of next) await work(block);
  };
  const results = await Promise.allSettled(Array.from({ length: BLOCKS_AT_ONCE }, worker));
  for (const result of results) if (result.status === 'rejected') throw result.reason;
}

function* each<Item>(items: Iterable<Item>): Generator<Item> {
  yield* items;
}
