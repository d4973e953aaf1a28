import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '../instant/instant.js';
import { formatLocalTime, parseLocalTime } from './local-time.js';

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
  ])('reads %j as milliseconds of the day', (text, ms) => {
    expect(parseLocalTime(text)).toBe(ms);
  });

  it.each([
    ['nothing', ''],
    ['an hour alone', '09'],
    ['one digit for the hour', '9:00'],
    ['a time after midnight’s end', '24:00:01'],
    ['hour 25', '25:00'],
    ['minute 60', '09:60'],
    ['second 60', '23:59:60'],
    ['a fraction', '09:00:00.5'],
    ['a 12-hour clock', '09:00 PM'],
    ['a sign', '-09:00'],
  ])('rejects %s: %j', (_, text) => {
    expect(parseLocalTime(text)).toBeUndefined();
  });

  it('is written as HH:MM:SS', () => {
    expect(formatLocalTime(0)).toBe('00:00:00');
    expect(formatLocalTime(9 * HOUR_MS + 5 * MINUTE_MS + 7 * SECOND_MS)).toBe('09:05:07');
    expect(formatLocalTime(DAY_MS)).toBe('24:00:00');
  });

  it('survives being written and read', () => {
    fc.assert(
      fc.property(fc.nat(DAY_MS / SECOND_MS), (second) => {
        expect(parseLocalTime(formatLocalTime(second * SECOND_MS))).toBe(second * SECOND_MS);
      }),
    );
  });
});
