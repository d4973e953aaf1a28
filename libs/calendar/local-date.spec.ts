import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { LOCAL_DATE_FORM, dayOfWeek, formatLocalDate, parseLocalDate } from './local-date.js';

describe('a local date', () => {
  it.each([
    ['1970-01-01', 0],
    ['1970-01-02', 1],
    ['1969-12-31', -1],
    ['2023-01-22', 19_379], // 53 years of 365 days, 13 leap days, 21 days
    ['2024-02-29', 19_782], // 54 years of 365 days, 13 leap days, 31 + 28 days
    ['2000-02-29', 11_016], // 30 years of 365 days, 7 leap days, 31 + 28 days
    [' 1970-01-02\t', 1],
  ])('reads %j as days since 1970-01-01', (text, days) => {
    expect(parseLocalDate(text)).toBe(days);
  });

  it.each([
    ['nothing', ''],
    ['a 29th of February without one', '2023-02-29'],
    ['the 29th of February 1900', '1900-02-29'],
    ['a 31st of April', '2023-04-31'],
    ['month 13', '2023-13-01'],
    ['month 0', '2023-00-01'],
    ['day 0', '2023-01-00'],
    ['one digit for the month', '2023-1-22'],
    ['two digits for the year', '23-01-22'],
    ['American order', '01/22/2023'],
    ['no hyphens', '20230122'],
    ['a time after it', '2023-01-22T00:00:00Z'],
    ['two lines', '2023-01-22\n2023-01-23'],
    ['a sign', '-2023-01-22'],
    ['other digits', '２０２３-01-22'],
  ])('rejects %s: %j', (_, text) => {
    expect(parseLocalDate(text)).toBeUndefined();
  });

  it('is formatted as YYYY-MM-DD, as errors require it', () => {
    expect(formatLocalDate(0)).toBe('1970-01-01');
    expect(formatLocalDate(-1)).toBe('1969-12-31');
    expect(formatLocalDate(19_782)).toBe('2024-02-29');
    expect(LOCAL_DATE_FORM).toContain('YYYY-MM-DD');
  });

  it('survives formatting and parsing', () => {
    const [first, last] = [parseLocalDate('0001-01-01')!, parseLocalDate('9999-12-31')!];
    fc.assert(
      fc.property(fc.integer({ min: first, max: last }), (date) => {
        expect(parseLocalDate(formatLocalDate(date))).toBe(date);
      }),
    );
  });

  it('is followed by the next day of the calendar', () => {
    const dates = [19_415, 19_416, 19_417].map(formatLocalDate); // 36 days after 2023-01-22
    expect(dates).toEqual(['2023-02-27', '2023-02-28', '2023-03-01']);
  });
});

describe('the day of the week', () => {
  it.each([
    ['2023-01-23', 0],
    ['2023-01-24', 1],
    ['2023-01-29', 6],
    ['1970-01-01', 3], // a Thursday
    ['1969-12-31', 2],
    ['1969-12-29', 0],
    ['1900-01-01', 0],
  ])('of %s is %i, from 0, Monday', (text, day) => {
    expect(dayOfWeek(parseLocalDate(text)!)).toBe(day);
  });

  it('matches Date for any date', () => {
    fc.assert(
      fc.property(fc.integer({ min: -100_000, max: 100_000 }), (date) => {
        // Date counts from 0, Sunday
        expect(dayOfWeek(date)).toBe((new Date(`${formatLocalDate(date)}T12:00:00Z`).getUTCDay() + 6) % 7);
      }),
    );
  });
});
