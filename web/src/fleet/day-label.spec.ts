import { dayLabel } from './day-label.js';

const THURSDAY = Date.parse('2026-11-26T00:00:00Z');

describe('dayLabel', () => {
  it.each([
    [130, 'Thu 26 Nov UTC'],
    [96, 'Thu 26 UTC'],
    [59, 'Thu 26'],
    [40, 'Thu'],
    [12, ''],
  ])('is the longest form that fits in %d pixels', (room, label) => {
    expect(dayLabel(THURSDAY, room)).toBe(label);
  });

  it('is the UTC day, whatever the zone of the device', () => {
    expect(dayLabel(THURSDAY - 1, 130)).toBe('Wed 25 Nov UTC');
  });
});
