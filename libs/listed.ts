/** As many are named in a sentence. */
const NAMED = 5;

/** The first few of a list: `a, b and 37 more`. @param total when the items are only the first of them */
export function listed(items: readonly string[], total = items.length): string {
  const named = items.slice(0, NAMED);
  const others = total - named.length;
  return others > 0 ? `${named.join(', ')} and ${others} more` : named.join(', ');
}

/** `1 row`, `2 rows`. */
export const counted = (count: number, noun: string): string => `${count} ${count === 1 ? noun : `${noun}s`}`;
