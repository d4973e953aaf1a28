import { describe, expect, it } from '@jest/globals';
import { breakdownByOpening } from './uptime-breakdown.js';
import type { Evidence, Segment } from './segments.js';

const ms = (time: string): number => Date.parse(`2026-${time}:00Z`);
const opening = (start: string, end: string) => ({ startMs: ms(start), endMs: ms(end) });
const segment = (evidence: Evidence, start: string, end: string): Segment => ({
  evidence,
  ...opening(start, end),
  polledAtMs: [],
});
const HOUR_MS = 3_600_000;

describe('the uptime breakdown', () => {
  it('sums the segments inside each opening', () => {
    const openings = [opening('01-12T09:00', '01-12T12:00'), opening('01-13T09:00', '01-13T12:00')];
    const segments = [
      segment('unknown', '01-12T09:00', '01-12T10:00'),
      segment('up', '01-12T10:00', '01-12T12:00'),
      segment('carried-up', '01-13T09:00', '01-13T11:30'),
      segment('down', '01-13T11:30', '01-13T12:00'),
    ];
    const none = { up: 0, down: 0, 'carried-up': 0, 'carried-down': 0, unknown: 0 };
    expect(breakdownByOpening(openings, segments, 'UTC')).toEqual([
      { ...openings[0], ...none, unknown: HOUR_MS, up: 2 * HOUR_MS },
      { ...openings[1], ...none, 'carried-up': 2.5 * HOUR_MS, down: HOUR_MS / 2 },
    ]);
  });

  it('splits an opening longer than a day by local date', () => {
    const week = opening('10-31T12:00', '11-03T12:00');
    const days = breakdownByOpening([week], [{ evidence: 'up', ...week, polledAtMs: [] }], 'America/Chicago');
    // 17 hours of Saturday, a Sunday of 25 hours, Monday, 6 hours of Tuesday
    expect(days.map(({ up }) => up / HOUR_MS)).toEqual([17, 25, 24, 6]);
    expect(days[0].startMs).toBe(week.startMs);
    expect(days.at(-1)!.endMs).toBe(week.endMs);
  });
});
