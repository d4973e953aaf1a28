/**
 * A list in order of time, at most one entry per start. Entries are created on access: a store polled every second has
 * 600,000 statuses a week, and a page shows a thousand.
 */
export interface InOrder<Entry> {
  readonly count: number;
  /** The start of the entry at an index. */
  startMs(index: number): number;
  entry(index: number): Entry;
}

export function inOrder<Entry>(entries: readonly Entry[], startOf: (entry: Entry) => number): InOrder<Entry> {
  return { count: entries.length, startMs: (index) => startOf(entries[index]), entry: (index) => entries[index] };
}

/** The index of the first entry that begins at or after an instant; `count` if there is none. */
export function firstFrom(list: InOrder<unknown>, ms: number): number {
  let [low, high] = [0, list.count];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (list.startMs(middle) < ms) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The entries at `[from, to)`. */
export const entriesOf = <Entry>(list: InOrder<Entry>, from = 0, to = list.count): Entry[] =>
  Array.from({ length: Math.max(to - from, 0) }, (_, i) => list.entry(from + i));
