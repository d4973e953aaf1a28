/** Blocks processed concurrently: one is computed while another's rows are being written. */
const BLOCKS_AT_ONCE = 2;

/**
 * Processes blocks concurrently. After a failure no other block is started, and the error is thrown once the running
 * ones have ended.
 */
export async function concurrently<Block>(
  blocks: Iterable<Block>,
  work: (block: Block) => Promise<void>,
): Promise<void> {
  const next = each(blocks);
  // a failing loop closes the shared generator, which ends the other loops
  const worker = async (): Promise<void> => {
    for (const block of next) await work(block);
  };
  const results = await Promise.allSettled(Array.from({ length: BLOCKS_AT_ONCE }, worker));
  for (const result of results) if (result.status === 'rejected') throw result.reason;
}

function* each<Item>(items: Iterable<Item>): Generator<Item> {
  yield* items;
}
