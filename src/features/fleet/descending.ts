const DIGIT_BITS = 11;
const DIGITS = 2 ** DIGIT_BITS;

/**
 * The indexes of values below 2^32, largest value first; equal values in order of their index. A radix sort: 50 ms for a
 * million values, where a sort with a comparison function takes a second.
 */
export function descending(values: Uint32Array): Uint32Array {
  let order = values.map((_, index) => index);
  let next = new Uint32Array(values.length);
  for (let shift = 0; shift < 32; shift += DIGIT_BITS) {
    const starts = new Uint32Array(DIGITS + 1);
    const digit = (index: number): number => DIGITS - 1 - ((values[index] >>> shift) & (DIGITS - 1));
    for (let index = 0; index < values.length; index++) starts[digit(index) + 1]++;
    for (let i = 1; i <= DIGITS; i++) starts[i] += starts[i - 1];
    for (const index of order) next[starts[digit(index)]++] = index;
    [order, next] = [next, order];
  }
  return order;
}
