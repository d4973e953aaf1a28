import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { DomainError, invalidArgument, notFound, quoteValue } from './errors.js';

describe('a domain error', () => {
  it('has a code, a message and the invalid field as the caller spelled it', () => {
    const error = invalidArgument('business_hours[2].day_of_week', 'must be 0 (Monday) to 6');
    expect(error).toBeInstanceOf(DomainError);
    expect(error).toMatchObject({
      name: 'DomainError',
      code: 'invalid_argument',
      field: 'business_hours[2].day_of_week',
      message: 'must be 0 (Monday) to 6',
      details: {},
    });
  });

  it('names no field if none is invalid', () => {
    expect(notFound('no store 8139926242460185114')).toMatchObject({ code: 'not_found', field: undefined });
  });

  it('keeps its cause and the details meant for the caller', () => {
    const cause = new Error('connection refused');
    const error = new DomainError('unavailable', 'no database', { cause, details: { retry_after_s: 5 } });
    expect(error.cause).toBe(cause);
    expect(error.details).toEqual({ retry_after_s: 5 });
  });
});

describe('a value in an error message', () => {
  it.each([
    ['Asia/Atlantis', '"Asia/Atlantis"'],
    ['', '""'],
    ['two\nlines\u0000', String.raw`"two\nlines\u0000"`],
    [7, '7'],
    [null, 'null'],
    [undefined, 'undefined'],
  ])('%j is shown as %s', (value, shown) => {
    expect(quoteValue(value)).toBe(shown);
  });

  it('is truncated to a readable length', () => {
    expect(quoteValue('x'.repeat(10_000))).toBe(`"${'x'.repeat(59)}…`);
    expect(quoteValue('abcdef', 4)).toBe('"abc…');
    expect(quoteValue('ab', 4)).toBe('"ab"');
    expect(quoteValue('\u{1f600}'.repeat(2), 4)).toBe('"\u{1f600}…');
    expect(quoteValue('\u{1f600}'.repeat(2), 3)).toBe('"\u{1f600}…');
  });

  it('is the start of its JSON text, for any value', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.integer({ min: 4, max: 80 }), (value, length) => {
        const text = JSON.stringify(value);
        const shown = quoteValue(value, length);
        expect(text.length <= length ? shown : shown.slice(0, -2)).toBe(
          text.length <= length ? text : text.slice(0, shown.length - 2),
        );
        expect(shown.length).toBeGreaterThanOrEqual(Math.min(text.length, length));
      }),
    );
  });

  it('is serialized only as far as it is shown', () => {
    let read = 0;
    const items = new Proxy<string[]>([], {
      get: (target, name) => {
        if (name === 'length') return 1_000_000;
        if (typeof name === 'string' && /^\d+$/.test(name)) {
          read++;
          return 'x';
        }
        return Reflect.get(target, name) as unknown;
      },
    });
    expect(quoteValue(items)).toBe(`["x","x","x","x","x","x","x","x","x","x","x","x","x","x","x"…`.slice(0, 60) + '…');
    expect(read).toBeLessThan(61);
  });
});
