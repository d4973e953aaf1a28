import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import {
  DAY_MS,
  HOUR_MS,
  INSTANT_FORMS,
  MINUTE_MS,
  SECOND_MS,
  dateToUtcMs,
  floorToHour,
  formatInstant,
  instantProblem,
  parseInstant,
} from './instant.js';

/** Parsed and formatted again, so that a scenario is text to text. */
const read = (text: string): string | undefined => {
  const ms = parseInstant(text);
  return ms === undefined ? undefined : formatInstant(ms);
};

/** The years 0001 to 9999, the range of four digits. */
const anyMs = fc.integer({ min: Date.UTC(1970, 0, 1) - 1969 * 365 * DAY_MS, max: Date.UTC(9999, 11, 31, 23) });

describe('an instant is epoch milliseconds UTC', () => {
  it('counts from 1970-01-01', () => {
    expect(parseInstant('1970-01-01 00:00:00 UTC')).toBe(0);
    // 2023-01-22 is 53 years (13 of them leap years) and 21 days later: 53 * 365 + 13 + 21 = 19 379 days.
    expect(parseInstant('2023-01-22 12:09:39 UTC')).toBe(
      19_379 * DAY_MS + 12 * HOUR_MS + 9 * MINUTE_MS + 39 * SECOND_MS,
    );
  });

  it('is written as RFC 3339 in UTC, always with milliseconds', () => {
    expect(formatInstant(0)).toBe('1970-01-01T00:00:00.000Z');
    expect(read('2023-01-22 12:09:39 UTC')).toBe('2023-01-22T12:09:39.000Z');
  });

  it('survives formatting and parsing', () => {
    fc.assert(fc.property(anyMs, (ms) => expect(parseInstant(formatInstant(ms))).toBe(ms)));
  });
});

describe('reading an instant', () => {
  it.each([
    // As in the published files: 0 to 9 digits, because trailing zeros are trimmed.
    ['2023-01-22 12:09:39.388884 UTC', '2023-01-22T12:09:39.388Z'],
    ['2023-01-22 12:09:39.38 UTC', '2023-01-22T12:09:39.380Z'],
    ['2023-01-22 12:09:39.3 UTC', '2023-01-22T12:09:39.300Z'],
    ['2023-01-22 12:09:39.003 UTC', '2023-01-22T12:09:39.003Z'],
    ['2023-01-22 12:09:39.123456789 UTC', '2023-01-22T12:09:39.123Z'],
    ['2023-01-22 12:09:39 UTC', '2023-01-22T12:09:39.000Z'],
    // RFC 3339
    ['2023-01-22T12:09:39Z', '2023-01-22T12:09:39.000Z'],
    ['2023-01-22T12:09:39.388884Z', '2023-01-22T12:09:39.388Z'],
    ['2023-01-22t12:09:39z', '2023-01-22T12:09:39.000Z'],
    ['2023-01-22T12:09:39+05:30', '2023-01-22T06:39:39.000Z'],
    ['2023-01-22T22:09:39.5-06:00', '2023-01-23T04:09:39.500Z'],
    ['2023-01-22 12:09:39+00:00', '2023-01-22T12:09:39.000Z'],
    // Without a zone: UTC.
    ['2023-01-22 12:09:39', '2023-01-22T12:09:39.000Z'],
    ['2023-01-22 12:09:39.388884', '2023-01-22T12:09:39.388Z'],
    ['2023-01-22T12:09:39', '2023-01-22T12:09:39.000Z'],
    // As PostgreSQL, Python and spreadsheets write it.
    ['2023-01-22 12:09:39.388884+00', '2023-01-22T12:09:39.388Z'],
    ['2023-01-22T12:09:39.388884+0000', '2023-01-22T12:09:39.388Z'],
    ['2023-01-22 12:09:39 +0530', '2023-01-22T06:39:39.000Z'],
    ['2023-01-22 12:09:39utc', '2023-01-22T12:09:39.000Z'],
    ['2023-01-22 12:09:39 Gmt', '2023-01-22T12:09:39.000Z'],
    ['2023-01-22 12:09:39 Z', '2023-01-22T12:09:39.000Z'],
    ['2023-01-22 12:09 UTC', '2023-01-22T12:09:00.000Z'],
    ['2023-01-22 12:09', '2023-01-22T12:09:00.000Z'],
    // Surrounding blanks.
    [' 2023-01-22 12:09:39 UTC\t', '2023-01-22T12:09:39.000Z'],
    // Leap days.
    ['2024-02-29 00:00:00 UTC', '2024-02-29T00:00:00.000Z'],
    ['2000-02-29 23:59:59.999999 UTC', '2000-02-29T23:59:59.999Z'],
    ['0099-12-31 00:00:00 UTC', '0099-12-31T00:00:00.000Z'],
  ])('%j is %s', (text, instant) => {
    expect(read(text)).toBe(instant);
  });

  it.each([
    ['nothing', ''],
    ['a date alone', '2023-01-22'],
    ['one digit for the hour', '2023-01-22 9:09:39 UTC'],
    ['a fraction without digits', '2023-01-22 12:09:39. UTC'],
    ['ten fraction digits in the exported form', '2023-01-22 12:09:39.1234567890 UTC'],
    ['the name of another zone', '2023-01-22 12:09:39 CST'],
    ['a fraction of a minute', '2023-01-22 12:09.5 UTC'],
    ['an offset of one digit', '2023-01-22 12:09:39+5'],
    ['an offset of a day', '2023-01-22T12:09:39+24:00'],
    ['an offset of 60 minutes', '2023-01-22T12:09:39+05:60'],
    ['the 29th of a February without one', '2023-02-29 00:00:00 UTC'],
    ['the 29th of February 1900', '1900-02-29 00:00:00 UTC'],
    ['a 31st of April', '2023-04-31 00:00:00 UTC'],
    ['month 13', '2023-13-01 00:00:00 UTC'],
    ['month 0', '2023-00-10 00:00:00 UTC'],
    ['day 0', '2023-01-00 00:00:00 UTC'],
    ['24 o’clock', '2023-01-22 24:00:00 UTC'],
    ['minute 60', '2023-01-22 12:60:00 UTC'],
    ['a leap second', '2016-12-31 23:59:60 UTC'],
    ['epoch seconds', '1674389379'],
    ['American order', '01/22/2023 12:09:39'],
    ['text after it', '2023-01-22 12:09:39 UTC active'],
    ['two lines', '2023-01-22 12:09:39 UTC\n2023-01-22 12:09:39 UTC'],
    ['other digits', '２０２３-01-22 12:09:39 UTC'],
  ])('rejects %s: %j', (_, text) => {
    expect(parseInstant(text)).toBeUndefined();
  });

  it('accepts every example in its own error message', () => {
    expect(INSTANT_FORMS).toContain('2023-01-22 12:09:39.388884 UTC');
    expect(INSTANT_FORMS).toContain('2023-01-22 12:09:39 (taken as UTC)');
  });

  it('reports what is wrong and what would be right', () => {
    const write = `; write ${INSTANT_FORMS}`;
    expect(instantProblem('soon')).toBe(`"soon" is not a timestamp${write}`);
    expect(instantProblem('1674389379')).toBe(`"1674389379" is not a timestamp but an epoch number${write}`);
    expect(instantProblem(1_674_389_379_000)).toBe(`1674389379000 is not a timestamp but an epoch number${write}`);
    for (const text of ['01/22/2023 12:09:39', '22.1.2023', '2023/01/22 12:09']) {
      expect(instantProblem(text)).toBe(`"${text}" is not a timestamp: its date is not written year-month-day${write}`);
    }
  });

  it('returns a whole number of milliseconds or undefined for any text', () => {
    const dateLike = fc.stringMatching(/^\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(\.\d+)?( UTC|Z|[+-]\d\d:\d\d)?$/);
    fc.assert(
      fc.property(fc.oneof(fc.string(), dateLike), (text) => {
        expect(Number.isSafeInteger(parseInstant(text) ?? 0)).toBe(true);
      }),
    );
  });
});

describe('finer digits are truncated, never rounded', () => {
  it.each([
    ['2023-01-22 12:09:39.388999999 UTC', '2023-01-22T12:09:39.388Z'],
    // Rounding would move this poll into the next second, hour, day and year.
    ['2022-12-31 23:59:59.999999 UTC', '2022-12-31T23:59:59.999Z'],
    // Before 1970 too: towards the past, not towards zero.
    ['1969-12-31 23:59:59.999999 UTC', '1969-12-31T23:59:59.999Z'],
  ])('%s is %s', (text, instant) => {
    expect(read(text)).toBe(instant);
  });

  it('keeps the millisecond, whatever digits follow', () => {
    fc.assert(
      fc.property(anyMs, fc.nat(999_999), (ms, nanoseconds) => {
        const [date, time] = formatInstant(ms).slice(0, -1).split('T');
        expect(parseInstant(`${date} ${time}${String(nanoseconds).padStart(6, '0')} UTC`)).toBe(ms);
      }),
    );
  });
});

describe('a calendar date', () => {
  it('is midnight UTC', () => {
    expect(dateToUtcMs(1970, 1, 2)).toBe(DAY_MS);
    expect(dateToUtcMs(1969, 12, 31)).toBe(-DAY_MS);
    expect(dateToUtcMs(2023, 1, 22)).toBe(19_379 * DAY_MS);
  });

  it('must exist', () => {
    expect(dateToUtcMs(2024, 2, 29)).toBe(Date.UTC(2024, 1, 29));
    expect(dateToUtcMs(2023, 2, 29)).toBeUndefined();
    expect(dateToUtcMs(2023, 0, 1)).toBeUndefined();
    expect(dateToUtcMs(2023, 13, 1)).toBeUndefined();
    expect(dateToUtcMs(2023, 1, 32)).toBeUndefined();
  });
});

describe('the hour of an instant', () => {
  it.each([
    ['2023-01-22T12:09:39.388Z', '2023-01-22T12:00:00.000Z'],
    ['2023-01-22T12:59:59.999Z', '2023-01-22T12:00:00.000Z'],
    ['2023-01-22T13:00:00.000Z', '2023-01-22T13:00:00.000Z'],
    ['1969-12-31T23:59:59.999Z', '1969-12-31T23:00:00.000Z'],
  ])('that %s falls in starts at %s', (instant, hour) => {
    expect(formatInstant(floorToHour(Date.parse(instant)))).toBe(hour);
  });
});
