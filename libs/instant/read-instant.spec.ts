import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { INSTANT_FORMS, formatInstant } from './instant.js';
import { readInstant } from './read-instant.js';

const NOW_MS = Date.parse('2023-01-22T12:00:00Z');

const read = (value: unknown): number => readInstant('as_of', value, NOW_MS, 'lies in the future; now it is');

const invalid = (message: string): object =>
  expect.objectContaining({ code: 'invalid_argument', field: 'as_of', message });

describe('an instant of a request', () => {
  it.each([
    ['2023-01-22T11:59:59.999Z', '2023-01-22T11:59:59.999Z'],
    ['2023-01-22 11:00:00 UTC', '2023-01-22T11:00:00.000Z'],
    ['2023-01-22T11:00:00+05:30', '2023-01-22T05:30:00.000Z'],
    ['2023-01-22T12:00:00Z', '2023-01-22T12:00:00.000Z'], // the latest one
    ['1900-01-01T00:00:00Z', '1900-01-01T00:00:00.000Z'], // the earliest one
  ])('may be %s', (text, instant) => {
    expect(formatInstant(read(text))).toBe(instant);
  });

  it('may be any instant up to the latest, to the millisecond', () => {
    fc.assert(
      fc.property(fc.integer({ min: Date.UTC(1900, 0), max: NOW_MS }), (ms) =>
        expect(read(formatInstant(ms))).toBe(ms),
      ),
    );
  });

  it.each([
    ['text of another form', 'yesterday', '"yesterday"'],
    ['nothing', '', '""'],
    ['a date alone', '2023-01-22', '"2023-01-22"'],
    ['a date that does not exist', '2023-02-29T00:00:00Z', '"2023-02-29T00:00:00Z"'],
    ['a list', ['2023-01-22T12:00:00Z'], '["2023-01-22T12:00:00Z"]'],
    ['null', null, 'null'],
    ['what is missing', undefined, 'undefined'],
  ])('is not %s: the error says which forms there are', (_, value, shown) => {
    expect(() => read(value)).toThrow(invalid(`as_of: ${shown} is not a timestamp; write ${INSTANT_FORMS}.`));
  });

  it('must not be before 1900', () => {
    const message = 'as_of: 1899-12-31T23:59:59.999Z is before 1900-01-01T00:00:00.000Z.';
    expect(() => read('1899-12-31T23:59:59.999Z')).toThrow(invalid(message));
    expect(() => read('0000-01-01T00:00:00Z')).toThrow(expect.objectContaining({ code: 'invalid_argument' }));
  });

  it('must not be later than the limit; the caller words the error', () => {
    const message = 'as_of: 2023-01-22T12:00:00.001Z lies in the future; now it is 2023-01-22T12:00:00.000Z.';
    expect(() => read('2023-01-22T12:00:00.001Z')).toThrow(invalid(message));
  });
});
