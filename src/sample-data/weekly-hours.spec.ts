import { describe, expect, it } from '@jest/globals';
import { Random } from './random.js';
import { MAX_ROWS, openSpans, weeklyRows, type WeekKind, within } from './weekly-hours.js';

const TEN_AM = 10 * 3600;
const DAY = 1440;

describe('openSpans', () => {
  it('treats a store without rows as always open', () => {
    expect(openSpans([])).toEqual([0, 7 * DAY]);
  });

  it('merges rows that overlap or touch', () => {
    const rows = [
      { day: 0, start: TEN_AM + 7200, end: TEN_AM + 10_800 },
      { day: 0, start: TEN_AM, end: TEN_AM + 3600 },
      { day: 0, start: TEN_AM + 3600, end: TEN_AM + 9000 },
    ];
    expect(openSpans(rows)).toEqual([600, 780]);
  });

  it.each([86_340, 86_399])('reads an end at second %d as midnight, so that the night continues', (end) => {
    const rows = [
      { day: 0, start: TEN_AM, end },
      { day: 1, start: 0, end: 7200 },
    ];
    expect(openSpans(rows)).toEqual([600, DAY + 120]);
  });

  it('carries an end at or before the start to the next day, and Sunday night to Monday', () => {
    expect(openSpans([{ day: 6, start: 22 * 3600, end: 2 * 3600 }])).toEqual([0, 120, 6 * DAY + 1320, 7 * DAY]);
    expect(openSpans([{ day: 2, start: 0, end: 0 }])).toEqual([2 * DAY, 3 * DAY]);
  });
});

describe('within', () => {
  it('treats spans as half-open', () => {
    const at = [9, 10, 19, 20, 29, 30, 39, 40].map((minute) => within([10, 20, 30, 40], minute));
    expect(at).toEqual([false, true, true, false, false, true, true, false]);
    expect(within([], 0)).toBe(false);
  });
});

describe('weeklyRows', () => {
  const kinds: WeekKind[] = [
    'round the clock',
    'whole days',
    'late wrapping',
    'late weekends',
    'late',
    'midnight',
    'split',
    'one minute',
    'overlapping',
    'touching',
    'ordinary',
  ];

  it.each(kinds)('writes valid times of day: %s', (kind) => {
    for (let key = 0; key < 300; key++) {
      const rows = weeklyRows(kind, key % 2 === 0, new Random(key));
      expect(rows.length).toBeGreaterThan(0);
      expect(rows.length).toBeLessThanOrEqual(MAX_ROWS);
      for (const { day, start, end } of rows) {
        expect([0, 1, 2, 3, 4, 5, 6]).toContain(day);
        expect(start).toBeGreaterThanOrEqual(0);
        expect(Math.max(start, end)).toBeLessThan(86_400);
      }
    }
  });

  it('removes no days of an always open store', () => {
    for (const kind of ['round the clock', 'whole days'] as const) {
      expect(openSpans(weeklyRows(kind, true, new Random(1)))).toEqual([0, 7 * DAY]);
    }
  });

  it('gives overlapping and touching rows the open time that one row would have', () => {
    const open = (kind: WeekKind) => openSpans(weeklyRows(kind, false, new Random(1)));
    expect(open('touching')).toEqual(open('ordinary'));
    expect(open('overlapping')).toHaveLength(14);
  });
});
