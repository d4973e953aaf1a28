import { DomainError, invalidArgument, quoteValue } from '#libs/errors.js';

/** How many items a page holds. */
export interface PageSizes {
  readonly default: number;
  readonly max: number;
}

export const PAGE_SIZES: PageSizes = { default: 100, max: 1_000 };

/** Valid tokens are shorter: the longest contains an id of 255 characters of three bytes each. */
const MAX_TOKEN_LENGTH = 2_000;

/** A page token is opaque to clients. It contains the last key of the previous page. */
export const encodePageToken = (lastKey: string): string => Buffer.from(lastKey).toString('base64url');

/** @throws DomainError invalid_argument */
export function decodePageToken(token: string | undefined): string {
  if (token === undefined || token === '') return '';
  if (token.length > MAX_TOKEN_LENGTH) throw invalidToken(token);
  const key = Buffer.from(token, 'base64url').toString('utf8');
  if (encodePageToken(key) !== token || key.includes('\0')) throw invalidToken(token);
  return key;
}

/** A token for a key of whole numbers. */
export const encodeNumbers = (...numbers: readonly number[]): string => encodePageToken(numbers.join(' '));

/** The numbers of a token, or undefined for the first page. @throws DomainError invalid_argument */
export function decodeNumbers(token: string | undefined, count: number): number[] | undefined {
  const key = decodePageToken(token);
  if (key === '') return undefined;
  const numbers = key.split(' ').map((text) => (/^-?\d+$/.test(text) ? Number(text) : NaN));
  if (numbers.length === count && numbers.every(Number.isSafeInteger)) return numbers;
  throw invalidToken(token);
}

/** A key of epoch ms, up to the year 2286, and a UUID. */
export const TIME_AND_ID = /^(\d{1,13}) ([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/;

/** The groups that `form` matches in a token's key, or undefined for the first page. @throws DomainError invalid_argument */
export function decodeParts(token: string | undefined, form: RegExp): string[] | undefined {
  const key = decodePageToken(token);
  if (key === '') return undefined;
  const match = form.exec(key);
  if (!match) throw invalidToken(token);
  return match.slice(1);
}

export const invalidToken = (token: unknown): DomainError =>
  invalidArgument(
    'page_token',
    `page_token ${quoteValue(token)} is not valid; use the previous response's next_page_token.`,
  );

/**
 * @param value text in a query; a number in gRPC, where 0 means absent
 * @throws DomainError invalid_argument
 */
export function readPageSize(value: string | number | undefined, sizes: PageSizes = PAGE_SIZES): number {
  if (value === undefined || value === 0) return sizes.default;
  const text = String(value);
  const size = /^\d{1,9}$/.test(text) ? Number(text) : NaN;
  if (size >= 1 && size <= sizes.max) return size;
  throw invalidArgument(
    'page_size',
    `page_size must be a whole number from 1 to ${sizes.max}, got ${quoteValue(text)}.`,
  );
}
