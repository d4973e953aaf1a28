import { describe, expect, it } from '@jest/globals';
import { inNamedZone, inZone } from './time.js';

const year = new Date().getUTCFullYear();

describe('times', () => {
  it('of this year name day, time and zone', () => {
    expect(inZone(`${year}-07-03T14:05:59.999Z`)).toMatch(/^\w{3},? 3 Jul,? 14:05 UTC$/);
    expect(inNamedZone(`${year}-07-03T14:05:00Z`, 'Asia/Kathmandu')).toMatch(/^\w{3},? 3 Jul,? 19:50$/);
  });

  it('of another year name it too', () => {
    expect(inZone('2023-01-23T17:00:00Z', 'America/Chicago')).toMatch(/^Mon,? 23 Jan 2023,? 11:00 GMT-6$/);
  });
});
