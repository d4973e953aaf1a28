import type { FleetHour } from '../api/fleet.js';
import { shareOfHour, stackedWeek } from './week-series.js';

const HOUR_MS = 3_600_000;

const hour = (at: string, open: number, up: number, down: number): FleetHour => ({
  hour: at,
  open_ms: open,
  up_ms: up,
  down_ms: down,
  carried_up_ms: open - up - down,
  carried_down_ms: 0,
  unknown_ms: 0,
});

describe('the hours of the week chart', () => {
  const hours = [
    hour('2026-01-12T16:00:00.000Z', 4 * HOUR_MS, 2 * HOUR_MS, HOUR_MS),
    hour('2026-01-12T17:00:00.000Z', 0, 0, 0),
  ];

  it('have shares of up, down and silent time that sum to 1', () => {
    expect(shareOfHour(hours[0]).shares).toEqual({ up: 0.5, down: 0.25, silent: 0.25 });
  });

  it('are stacked as down, silent and up, with a gap where no store was open', () => {
    const first = Date.parse('2026-01-12T16:00:00Z') / 1_000;
    expect(stackedWeek(hours)).toEqual([
      [first, first + 3_600],
      [100, null],
      [50, null],
      [25, null],
    ]);
  });
});
