import { describe, expect, it } from '@jest/globals';
import { daysUntil } from './local-time.js';
import { clockChangeText, segmentText } from './week-text.js';

const ZONE = 'America/Chicago';

describe('segmentText', () => {
  it('shows the offset at both ends, which are both 01:30 here', () => {
    const [startMs, endMs] = [Date.parse('2026-11-01T06:30:00Z'), Date.parse('2026-11-01T07:30:00Z')];
    expect(segmentText({ startMs, endMs, evidence: 'down', polledAtMs: [startMs] }, ZONE)).toBe(
      'Down, Sun 1 Nov, 01:30 GMT-5 to Sun 1 Nov, 01:30 GMT-6 (1 h): a recent poll in this opening saw the store inactive; poll at Sun 1 Nov, 01:30 GMT-5.',
    );
  });
});

describe('clockChangeText', () => {
  it.each([
    ['2026-11-02', ZONE, ''],
    ['2026-11-01', ZONE, 'This day has 25 hours: after Sun 1 Nov, 01:59 GMT-5 clocks go back by 1 h.'],
    ['2026-03-08', ZONE, 'This day has 23 hours: after Sun 8 Mar, 01:59 GMT-6 clocks go forward by 1 h.'],
    ['2026-03-29', 'Asia/Beirut', 'This day has 23 hours: clocks changed at midnight.'],
  ])('%s in %s: %s', (date, zone, text) => {
    expect(clockChangeText(daysUntil(date, 1, zone)[0], zone)).toBe(text);
  });
});
