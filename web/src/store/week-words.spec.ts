import { describe, expect, it } from '@jest/globals';
import { daysUntil } from './local-time.js';
import { changeInWords, stretchInWords } from './week-words.js';

const ZONE = 'America/Chicago';

describe('a stretch in words', () => {
  it('names the offset at both ends, which are both 01:30 here', () => {
    const [startMs, endMs] = [Date.parse('2026-11-01T06:30:00Z'), Date.parse('2026-11-01T07:30:00Z')];
    expect(stretchInWords({ startMs, endMs, look: 'down', polledAtMs: [startMs] }, ZONE)).toBe(
      'Down, Sun 1 Nov, 01:30 GMT-5 to Sun 1 Nov, 01:30 GMT-6 (1 h): a poll inside the opening saw the store inactive; polled Sun 1 Nov, 01:30 GMT-5.',
    );
  });
});

describe('what is odd about the length of a day', () => {
  it.each([
    ['2026-11-02', ZONE, ''],
    ['2026-11-01', ZONE, 'A day of 25 hours: after Sun 1 Nov, 01:59 GMT-5 clocks go back by 1 h.'],
    ['2026-03-08', ZONE, 'A day of 23 hours: after Sun 8 Mar, 01:59 GMT-6 clocks go forward by 1 h.'],
    ['2026-03-29', 'Asia/Beirut', 'A day of 23 hours: clocks changed as it began.'],
  ])('%s in %s: %s', (date, zone, words) => {
    expect(changeInWords(daysUntil(date, 1, zone)[0], zone)).toBe(words);
  });
});
