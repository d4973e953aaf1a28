/** The maximum number of items named in a sentence. */
const MAX_NAMED = 5;

/** The first few items of a list: `a, b and 37 more`. @param total if `items` is only the start of a longer list */
export function listed(items: readonly string[], total = items.length): string {
  const named = items.slice(0, MAX_NAMED);
  const others = total - named.length;
  return others > 0 ? `${named.join(', ')} and ${others} more` : named.join(', ');
}

/** `1 row`, `2 rows`. */
export const counted = (count: number, noun: string): string => `${count} ${count === 1 ? noun : `${noun}s`}`;
