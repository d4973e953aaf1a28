import { describe, expect, it } from '@jest/globals';
import { isDaySeven, parseDayOfWeek } from './day-of-week.js';

describe('a day of the week', () => {
  it.each([
    [0, 0],
    ['0', 0],
    [' 6 ', 6],
    ['0.0', 0],
    ['3.00', 3],
    ['Monday', 0],
    ['mon', 0],
    ['SUN', 6],
    ['\u00a0wednesday', 2],
  ])('%j is %i', (text, day) => expect(parseDayOfWeek(text)).toBe(day));

  it.each(['', '7', 7, -1, '0.5', 'Tues', 'Montag', 'm', null, undefined, [0]])('is not %j', (value) => {
    expect(parseDayOfWeek(value)).toBeUndefined();
  });

  it('is 7 if Monday is not 0', () => {
    expect([7, '7', '7.0', ' 7 '].map(isDaySeven)).toEqual([true, true, true, true]);
    expect(['77', '70', '6', '7.5', ''].map(isDaySeven)).toEqual([false, false, false, false, false]);
  });

  it('is not a JSON object, not even one that cannot be converted to text', () => {
    for (const value of [{}, { toString: 7 }, [7], null, undefined]) {
      expect(isDaySeven(value)).toBe(false);
      expect(parseDayOfWeek(value)).toBeUndefined();
    }
  });
});
