import type { Interval } from '#libs/intervals/intervals.js';
import { decodeNumbers, encodeNumbers, invalidToken } from '../../edge/paging/page-token.js';

/**
 * The start of a page. It keeps the window of the first page: a window that ends at the latest poll would otherwise
 * move while a client pages through the list.
 */
export interface PageStart {
  readonly window: Interval;
  /** The sort keys of the previous page's last entry. */
  readonly keys: readonly number[];
}

export const encodePageStart = ({ window, keys }: PageStart): string =>
  encodeNumbers(...keys, window.startMs, window.endMs);

/**
 * @param keys how many numbers the sort key has @returns undefined for the first page @throws DomainError
 *   invalid_argument
 */
export function decodePageStart(token: string | undefined, keys: number): PageStart | undefined {
  const numbers = decodeNumbers(token, keys + 2);
  if (!numbers) return undefined;
  const [startMs, endMs] = numbers.slice(keys);
  if (!isDate(startMs) || !isDate(endMs) || startMs > endMs) throw invalidToken(token);
  return { window: { startMs, endMs }, keys: numbers.slice(0, keys) };
}

/** https://tc39.es/ecma262/#sec-timeclip */
const isDate = (ms: number): boolean => Math.abs(ms) <= 8.64e15;
