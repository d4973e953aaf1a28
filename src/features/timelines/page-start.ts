import type { Interval } from '#libs/intervals/intervals.js';
import { decodeNumbers, encodeNumbers, invalidToken } from '../../edge/paging/page-token.js';

/**
 * Where a page begins. It keeps the window of the first page: one that ends at the latest poll would move on with every poll that
 * arrives while somebody turns the pages.
 */
export interface PageStart {
  readonly window: Interval;
  /** Of the last entry of the page before. */
  readonly keys: readonly number[];
}

export const encodePageStart = ({ window, keys }: PageStart): string =>
  encodeNumbers(...keys, window.startMs, window.endMs);

/** @param keys how many numbers tell where a page begins @returns undefined for the first page @throws DomainError invalid_argument */
export function decodePageStart(token: string | undefined, keys: number): PageStart | undefined {
  const numbers = decodeNumbers(token, keys + 2);
  if (!numbers) return undefined;
  const [startMs, endMs] = numbers.slice(keys);
  if (!isDate(startMs) || !isDate(endMs) || startMs > endMs) throw invalidToken(token);
  return { window: { startMs, endMs }, keys: numbers.slice(0, keys) };
}

/** https://tc39.es/ecma262/#sec-timeclip */
const isDate = (ms: number): boolean => Math.abs(ms) <= 8.64e15;
