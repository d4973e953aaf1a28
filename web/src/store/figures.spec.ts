import { describe, expect, it } from '@jest/globals';
import { hms, inHours, inMinutes } from '../format/duration.js';
import { type Totals, formulas } from './figures.js';

const MINUTE_MS = 60_000;

/** The example of docs/numbers.md. */
const totals: Totals = {
  open_ms: 180 * MINUTE_MS,
  up_ms: 61 * MINUTE_MS,
  down_ms: 45 * MINUTE_MS,
  carried_up_ms: 0,
  carried_down_ms: 74 * MINUTE_MS,
  unknown_ms: 0,
  polls: 3,
  all: { uptime_ms: 61 * MINUTE_MS, downtime_ms: 119 * MINUTE_MS, uptime_percent: 33.89 },
  observed: { uptime_ms: 61 * MINUTE_MS, downtime_ms: 45 * MINUTE_MS, uptime_percent: 57.55 },
};

describe('figures', () => {
  it('have the formulas of storewatch explain', () => {
    expect(formulas(totals, 'all')).toEqual({
      uptime: 'up 1:01:00 + carried up 0:00:00',
      downtime: 'open 3:00:00 - uptime 1:01:00',
    });
    expect(formulas(totals, 'observed')).toEqual({ uptime: 'up 1:01:00', downtime: 'down 0:45:00' });
  });

  it.each([
    [90_300, '1.51', '0.03'],
    [90_299, '1.50', '0.03'],
    [0, '0.00', '0.00'],
    [604_800_000, '10080.00', '168.00'],
  ])('%d ms is %s minutes and %s hours, as in the CSV', (ms, minutes, hours) => {
    expect([inMinutes(ms), inHours(ms)]).toEqual([minutes, hours]);
  });

  it('show milliseconds only if there are any', () => {
    expect([hms(0), hms(61_001), hms(36_000_000)]).toEqual(['0:00:00', '0:01:01.001', '10:00:00']);
  });
});
