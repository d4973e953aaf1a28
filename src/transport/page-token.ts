import { invalidArgument, quoteValue } from '#libs/errors.js';

export const DEFAULT_PAGE_SIZE = 100;
export const MAX_PAGE_SIZE = 1_000;

/** A page token is opaque to clients; inside it is the last key of the page before. */
export const encodePageToken = (lastKey: string): string => Buffer.from(lastKey).toString('base64url');

/** @throws DomainError invalid_argument */
export function decodePageToken(token: string | undefined): string {
  if (token === undefined || token === '') return '';
  const key = Buffer.from(token, 'base64url').toString('utf8');
  if (encodePageToken(key) !== token || key.includes('\0')) {
    throw invalidArgument(
      'page_token',
      `page_token: ${quoteValue(token)} is none of ours; take next_page_token of the page before.`,
    );
  }
  return key;
}

/** @throws DomainError invalid_argument */
export function readPageSize(value: string | undefined): number {
  if (value === undefined || value === '') return DEFAULT_PAGE_SIZE;
  const size = Number(value);
  if (Number.isInteger(size) && size >= 1 && size <= MAX_PAGE_SIZE) return size;
  throw invalidArgument(
    'page_size',
    `page_size: ${quoteValue(value)} is not a whole number from 1 to ${MAX_PAGE_SIZE}.`,
  );
}
