import { describe, expect, it } from '@jest/globals';
import { DateTime } from 'luxon';
import { addDays, daysUntil, isDate, localDate, startOfDate } from './local-time.js';

const HOUR_MS = 3_600_000;

describe('local dates', () => {
  it.each([
    ['America/New_York', '2026-11-01', 25, -1, '2026-11-01T06:00:00.000Z'],
    ['America/New_York', '2026-03-08', 23, 1, '2026-03-08T07:00:00.000Z'],
    ['Australia/Lord_Howe', '2026-04-05', 24.5, -0.5, '2026-04-04T15:00:00.000Z'],
    ['Asia/Beirut', '2026-03-29', 23, 1, '2026-03-28T22:00:00.000Z'],
  ])('%s on %s has %d hours', (zone, date, hours, by, at) => {
    const [day] = daysUntil(date, 1, zone);
    expect((day.endMs - day.startMs) / HOUR_MS).toBe(hours);
    // In Beirut midnight is skipped: the clocks change before the date begins.
    if (zone !== 'Asia/Beirut') {
      expect(day.change).toEqual({ atMs: Date.parse(at), byMs: by * HOUR_MS });
    }
  });

  it.each(['Europe/London', 'Asia/Kathmandu', 'Pacific/Auckland', 'America/Havana', 'Pacific/Kiritimati'])(
    'match Luxon in %s, all year',
    (zone) => {
      for (let date = '2026-01-01'; date < '2027-01-01'; date = addDays(date, 5)) {
        const expected = DateTime.fromISO(date, { zone }).startOf('day').toMillis();
        expect([date, startOfDate(date, zone)]).toEqual([date, expected]);
        expect(localDate(expected, zone)).toBe(date);
        expect(localDate(expected - 1, zone)).toBe(addDays(date, -1));
      }
    },
  );

  it.each([
    ['2026-02-28', true],
    ['2028-02-29', true],
    ['2026-02-31', false],
    ['2026-13-45', false],
    ['2026-2-3', false],
    ['', false],
  ])('%j is valid: %s', (text, expected) => {
    expect(isDate(text)).toBe(expected);
  });

  it('are consecutive without gaps', () => {
    const days = daysUntil('2026-11-04', 7, 'America/Chicago');
    expect(days.map(({ date }) => date)).toEqual(
      ['29', '30', '31'].map((day) => `2026-10-${day}`).concat(['01', '02', '03', '04'].map((day) => `2026-11-${day}`)),
    );
    expect(days.slice(1).map(({ startMs }) => startMs)).toEqual(days.slice(0, -1).map(({ endMs }) => endMs));
    expect(days.filter(({ change }) => change)).toHaveLength(1);
  });
});
