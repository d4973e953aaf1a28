import { describe, expect, it } from '@jest/globals';
import { formatTimeWithoutZone, formatTime } from './time.js';

const year = new Date().getUTCFullYear();

describe('formatTime', () => {
  it('shows day, time and zone in the current year', () => {
    expect(formatTime(`${year}-07-03T14:05:59.999Z`)).toMatch(/^\w{3},? 3 Jul,? 14:05 UTC$/);
    expect(formatTimeWithoutZone(`${year}-07-03T14:05:00Z`, 'Asia/Kathmandu')).toMatch(/^\w{3},? 3 Jul,? 19:50$/);
  });

  it('adds the year in any other year', () => {
    expect(formatTime('2023-01-23T17:00:00Z', 'America/Chicago')).toMatch(/^Mon,? 23 Jan 2023,? 11:00 GMT-6$/);
  });
});
