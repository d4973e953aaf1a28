import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import {
  PAGE_SIZES,
  decodeNumbers,
  decodePageToken,
  encodeNumbers,
  encodePageToken,
  readPageSize,
} from './page-token.js';

const invalid = (shown: string): object =>
  expect.objectContaining({
    code: 'invalid_argument',
    field: 'page_token',
    message: `page_token ${shown} is not valid; use the previous response's next_page_token.`,
  });

/** The base64url of any text. */
const tokenOf = (text: string): string => Buffer.from(text).toString('base64url');

describe('a page token', () => {
  it('contains the last key of the previous page', () => {
    expect(encodePageToken('abc')).toBe('YWJj');
    expect(decodePageToken('YWJj')).toBe('abc');
  });

  it('is absent or empty for the first page', () => {
    expect(decodePageToken(undefined)).toBe('');
    expect(decodePageToken('')).toBe('');
  });

  it('round-trips any key, and needs no escaping in a URL', () => {
    const anyKey = fc.string({ unit: 'binary' }).filter((key) => !key.includes('\0'));
    fc.assert(
      fc.property(anyKey, (key) => {
        const token = encodePageToken(key);
        expect(decodePageToken(token)).toBe(key);
        expect(encodeURIComponent(token)).toBe(token);
      }),
    );
  });

  it('holds the longest store id, and nothing much longer', () => {
    const longest = '店'.repeat(255);
    expect(decodePageToken(encodePageToken(longest))).toBe(longest);
    const longer = encodePageToken(longest.repeat(2));
    expect(() => decodePageToken(longer)).toThrow(invalid(`"${longer.slice(0, 59)}…`));
  });

  it.each([
    ['text of another alphabet', 'a+b/', '"a+b/"'],
    ['padding', 'YQ==', '"YQ=="'],
    ['blanks', ' YWJj', '" YWJj"'],
    ['left-over bits', 'YR', '"YR"'], // YQ is "a"
    ['one character', 'Y', '"Y"'],
    ['bytes that are not text', '_w', '"_w"'],
    ['a NUL, which PostgreSQL text cannot contain', tokenOf('a\0b'), '"YQBi"'],
  ])('is rejected with %s: %j', (_, token, shown) => {
    expect(() => decodePageToken(token)).toThrow(invalid(shown));
  });
});

describe('a page token of numbers', () => {
  it('holds whole numbers', () => {
    expect(decodeNumbers(encodeNumbers(1_674_475_200_000, 42), 2)).toEqual([1_674_475_200_000, 42]);
    expect(encodeNumbers(7, -3)).toBe(tokenOf('7 -3'));
  });

  it('is absent or empty for the first page', () => {
    expect(decodeNumbers(undefined, 1)).toBeUndefined();
    expect(decodeNumbers('', 2)).toBeUndefined();
  });

  it('round-trips any of them', () => {
    fc.assert(
      fc.property(fc.array(fc.maxSafeInteger(), { minLength: 1, maxLength: 3 }), (numbers) => {
        expect(decodeNumbers(encodeNumbers(...numbers), numbers.length)).toEqual(numbers);
      }),
    );
  });

  it.each([
    ['fewer', '7', 2],
    ['more', '7 8 9', 2],
    ['words', 'abc', 1],
    ['a fraction', '1.5', 1],
    ['infinity', 'Infinity', 1],
    ['a number that is not exact', '9007199254740993', 1],
    ['two blanks between', '7  8', 2],
    ['a blank alone', ' ', 2],
    ['numbers written in another way', '1e3 0x10', 2],
  ])('is rejected with %s: %j', (_, text, count) => {
    expect(() => decodeNumbers(tokenOf(text), count)).toThrow(invalid(`"${tokenOf(text)}"`));
  });

  it('is rejected if it is not valid base64url', () => {
    expect(() => decodeNumbers('YQ==', 1)).toThrow(invalid('"YQ=="'));
  });
});

describe('the size of a page', () => {
  it('has a default', () => {
    expect(PAGE_SIZES).toEqual({ default: 100, max: 1_000 });
    expect(readPageSize(undefined)).toBe(100);
    expect(readPageSize(0)).toBe(100);
    expect(readPageSize(undefined, { default: 5, max: 6 })).toBe(5);
  });

  it.each([
    ['1', 1],
    ['250', 250],
    ['1000', 1_000],
  ])('may be %s', (text, size) => {
    expect(readPageSize(text)).toBe(size);
  });

  it('may be up to the maximum', () => {
    expect(readPageSize('6', { default: 5, max: 6 })).toBe(6);
    expect(() => readPageSize('7', { default: 5, max: 6 })).toThrow(
      'page_size must be a whole number from 1 to 6, got "7".',
    );
  });

  it.each(['0', '-1', '1001', '1.5', 'all', 'NaN', 'Infinity', '10 000'])('may not be %j', (text) => {
    expect(() => readPageSize(text)).toThrow(
      expect.objectContaining({
        code: 'invalid_argument',
        field: 'page_size',
        message: `page_size must be a whole number from 1 to 1000, got "${text}".`,
      }),
    );
  });
});
