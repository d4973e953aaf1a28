import { dayLabel } from './day-label.js';

const THURSDAY = Date.parse('2026-11-26T00:00:00Z');

describe('dayLabel', () => {
  it.each([
    [130, 'Thu 26 Nov UTC'],
    [96, 'Thu 26 UTC'],
    [59, 'Thu 26'],
    [40, 'Thu'],
    [12, ''],
  ])('in %d pixels is as long as there is room for', (room, label) => {
    expect(dayLabel(THURSDAY, room)).toBe(label);
  });

  it('is the day of UTC, wherever the page is read', () => {
    expect(dayLabel(THURSDAY - 1, 130)).toBe('Wed 25 Nov UTC');
  });
});
