import { setImmediate as nextTurn } from 'node:timers/promises';

/** Items processed before yielding the event loop: a few milliseconds. */
const ITEMS_PER_TURN = 2_000;

/** `items.map(convert)` for long lists, in steps that yield the event loop. */
export async function inTurns<Item, Result>(
  items: readonly Item[],
  convert: (item: Item) => Result,
): Promise<Result[]> {
  const results: Result[] = [];
  for (const item of items) {
    if (results.length > 0 && results.length % ITEMS_PER_TURN === 0) await nextTurn();
    results.push(convert(item));
  }
  return results;
}
