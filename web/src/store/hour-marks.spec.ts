import { describe, expect, it } from '@jest/globals';
import { hourMarks } from './hour-marks.js';
import { daysUntil } from './local-time.js';

const marks = (zone: string, date: string): string[] => {
  const [day] = daysUntil(date, 1, zone);
  return hourMarks(day, zone).map(({ atMs, hour }) => `${hour} at ${(atMs - day.startMs) / 3_600_000}`);
};

describe('hourMarks, in hours since the start of the date', () => {
  it.each([
    ['America/Chicago', '2026-11-02', ['0 at 0', '3 at 3', '6 at 6', '21 at 21', '24 at 24']],
    ['America/Chicago', '2026-11-01', ['0 at 0', '3 at 4', '6 at 7', '21 at 22', '24 at 25']],
    ['America/Chicago', '2026-03-08', ['0 at 0', '3 at 2', '6 at 5', '21 at 20', '24 at 23']],
    ['Australia/Lord_Howe', '2026-04-05', ['0 at 0', '3 at 3.5', '6 at 6.5', '21 at 21.5', '24 at 24.5']],
    // 00:00 occurs twice.
    ['America/Havana', '2026-11-01', ['0 at 0', '3 at 4', '6 at 7', '21 at 22', '24 at 25']],
  ])('%s on %s', (zone, date, some) => {
    expect(marks(zone, date)).toHaveLength(9);
    expect(marks(zone, date)).toEqual(expect.arrayContaining(some));
  });

  it('omit a skipped midnight', () => {
    expect(marks('Asia/Beirut', '2026-03-29')).toEqual([
      '3 at 2',
      '6 at 5',
      '9 at 8',
      '12 at 11',
      '15 at 14',
      '18 at 17',
      '21 at 20',
      '24 at 23',
    ]);
  });
});
