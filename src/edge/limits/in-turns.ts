import { setImmediate as nextTurn } from 'node:timers/promises';

/** Items of a request that are worked on before others get their turn: a few milliseconds. */
const ITEMS_PER_TURN = 2_000;

/** `items.map(convert)` for long lists, in steps. */
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
