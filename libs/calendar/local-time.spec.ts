import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '../instant/instant.js';
import { MAX_LOCAL_TIME_MS, formatLocalTime, parseLocalTime } from './local-time.js';

describe('a local time', () => {
  it.each([
    ['00:00:00', 0],
    ['00:00', 0],
    ['09:00', 9 * HOUR_MS],
    ['09:05:07', 9 * HOUR_MS + 5 * MINUTE_MS + 7 * SECOND_MS],
    ['23:59', DAY_MS - MINUTE_MS],
    ['23:59:59', DAY_MS - SECOND_MS],
    ['24:00', DAY_MS],
    ['24:00:00', DAY_MS],
    [' 09:00:00 ', 9 * HOUR_MS],
    ['9:00', 9 * HOUR_MS],
    ['9:05:07', 9 * HOUR_MS + 5 * MINUTE_MS + 7 * SECOND_MS],
    ['09:00:00.000000', 9 * HOUR_MS],
    ['09:00:00.9', 9 * HOUR_MS], // truncated to the second
    ['9:00 AM', 9 * HOUR_MS],
    ['9:00:00 pm', 21 * HOUR_MS],
    ['09:30PM', 21.5 * HOUR_MS],
    ['\u00a09:00\u202fAM', 9 * HOUR_MS],
    ['12:30 AM', 0.5 * HOUR_MS],
    ['12:30 PM', 12.5 * HOUR_MS],
    ['26:00', 26 * HOUR_MS],
    ['30:00:00', 30 * HOUR_MS],
  ])('reads %j as milliseconds of the day', (text, ms) => {
    expect(parseLocalTime(text)).toBe(ms);
  });

  it.each([
    ['nothing', ''],
    ['an hour alone', '09'],
    ['one digit for the minute', '9:0'],
    ['a time after 30:00', '30:00:01'],
    ['hour 31', '31:00'],
    ['minute 60', '09:60'],
    ['second 60', '23:59:60'],
    ['a fraction of a minute', '09:00.5'],
    ['a fraction without digits', '09:00:00.'],
    ['hour 13 of twelve', '13:00 PM'],
    ['hour 0 of twelve', '0:30 AM'],
    ['a sign', '-09:00'],
  ])('rejects %s: %j', (_, text) => {
    expect(parseLocalTime(text)).toBeUndefined();
  });

  it('is written as HH:MM:SS', () => {
    expect(formatLocalTime(0)).toBe('00:00:00');
    expect(formatLocalTime(9 * HOUR_MS + 5 * MINUTE_MS + 7 * SECOND_MS)).toBe('09:05:07');
    expect(formatLocalTime(DAY_MS)).toBe('24:00:00');
  });

  it('survives formatting and parsing', () => {
    fc.assert(
      fc.property(fc.nat(MAX_LOCAL_TIME_MS / SECOND_MS), (second) => {
        expect(parseLocalTime(formatLocalTime(second * SECOND_MS))).toBe(second * SECOND_MS);
      }),
    );
  });
});
