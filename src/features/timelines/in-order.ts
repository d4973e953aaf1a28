/**
 * A list in order of time, no two entries of which begin at one instant. An entry is made when it is wanted: a store that is polled
 * every second has 600,000 statuses a week, and a page shows a thousand.
 */
export interface InOrder<Entry> {
  readonly count: number;
  /** When the entry at a place begins. */
  startMs(place: number): number;
  entry(place: number): Entry;
}

export function inOrder<Entry>(entries: readonly Entry[], startOf: (entry: Entry) => number): InOrder<Entry> {
  return { count: entries.length, startMs: (place) => startOf(entries[place]), entry: (place) => entries[place] };
}

/** The place of the first entry that begins at an instant or after it; behind the last when none does. */
export function firstFrom(list: InOrder<unknown>, ms: number): number {
  let [low, high] = [0, list.count];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (list.startMs(middle) < ms) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Those from one place to before another. */
export const entriesOf = <Entry>(list: InOrder<Entry>, from = 0, to = list.count): Entry[] =>
  Array.from({ length: Math.max(to - from, 0) }, (_, i) => list.entry(from + i));
