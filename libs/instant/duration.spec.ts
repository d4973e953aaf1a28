import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { DURATION_FORM, formatDuration, parseDuration } from './duration.js';
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from './instant.js';

describe('a duration', () => {
  it.each([
    ['90s', 90 * SECOND_MS],
    ['30m', 30 * MINUTE_MS],
    ['3h', 3 * HOUR_MS],
    ['2d', 2 * DAY_MS], // elapsed time: 48 hours, whatever the clocks do
    ['0s', 0],
    ['007m', 7 * MINUTE_MS],
    ['999999999s', 999_999_999_000],
    [' 3h\n', 3 * HOUR_MS],
  ])('reads %j as milliseconds', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  it.each([
    ['nothing', ''],
    ['a number alone', '90'],
    ['a unit alone', 'h'],
    ['a capital letter', '3H'],
    ['a unit that has several lengths', '1w'],
    ['milliseconds', '500ms'],
    ['a fraction', '1.5h'],
    ['a sign', '-3h'],
    ['a blank in between', '3 h'],
    ['two at once', '1h30m'],
    ['ISO 8601', 'PT3H'],
    ['ten digits', '1000000000s'],
    ['two lines', '3h\n3h'],
  ])('rejects %s: %j', (_, text) => {
    expect(parseDuration(text)).toBeUndefined();
  });

  it.each([
    [2 * DAY_MS, '2d'],
    [24 * HOUR_MS, '1d'],
    [25 * HOUR_MS, '25h'],
    [3 * HOUR_MS, '3h'],
    [90 * MINUTE_MS, '90m'],
    [90 * SECOND_MS, '90s'],
    [1_500, '1.5s'],
  ])('of %i ms is written in the largest unit that divides it: %s', (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });

  it('survives formatting and parsing', () => {
    fc.assert(
      fc.property(fc.nat(999_999_999), fc.constantFrom('s', 'm', 'h', 'd'), (count, unit) => {
        const ms = parseDuration(`${count}${unit}`)!;
        expect(parseDuration(formatDuration(ms))).toBe(ms);
      }),
    );
  });

  it('can be parsed in every form that its error message names', () => {
    const named = DURATION_FORM.match(/\d+[a-z]/g);
    expect(named).toEqual(['90s', '30m', '3h', '2d']);
    expect(named?.map((text) => formatDuration(parseDuration(text)!))).toEqual(named);
  });
});
