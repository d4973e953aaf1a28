import { describe, expect, it } from '@jest/globals';
import { partsByOpening } from './opening-parts.js';
import type { Look, Stretch } from './stretches.js';

const ms = (time: string): number => Date.parse(`2026-${time}:00Z`);
const opening = (start: string, end: string) => ({ startMs: ms(start), endMs: ms(end) });
const stretch = (look: Look, start: string, end: string): Stretch => ({ look, ...opening(start, end), polledAtMs: [] });
const HOUR_MS = 3_600_000;

describe('the parts of openings', () => {
  it('are of what lies in each', () => {
    const openings = [opening('01-12T09:00', '01-12T12:00'), opening('01-13T09:00', '01-13T12:00')];
    const stretches = [
      stretch('unknown', '01-12T09:00', '01-12T10:00'),
      stretch('up', '01-12T10:00', '01-12T12:00'),
      stretch('carried-up', '01-13T09:00', '01-13T11:30'),
      stretch('down', '01-13T11:30', '01-13T12:00'),
    ];
    const none = { up: 0, down: 0, 'carried-up': 0, 'carried-down': 0, unknown: 0 };
    expect(partsByOpening(openings, stretches, 'UTC')).toEqual([
      { ...openings[0], ...none, unknown: HOUR_MS, up: 2 * HOUR_MS },
      { ...openings[1], ...none, 'carried-up': 2.5 * HOUR_MS, down: HOUR_MS / 2 },
    ]);
  });

  it('are by local date where an opening is longer than a day', () => {
    const week = opening('10-31T12:00', '11-03T12:00');
    const days = partsByOpening([week], [{ look: 'up', ...week, polledAtMs: [] }], 'America/Chicago');
    // 17 hours of Saturday, a Sunday of 25, Monday, 6 hours of Tuesday
    expect(days.map(({ up }) => up / HOUR_MS)).toEqual([17, 25, 24, 6]);
    expect(days[0].startMs).toBe(week.startMs);
    expect(days.at(-1)!.endMs).toBe(week.endMs);
  });
});
