import { describe, expect, it } from '@jest/globals';
import { retryAfterOf } from './retry-after.js';

const NOW_MS = Date.parse('2026-11-26T10:00:00.500Z');

describe('Retry-After', () => {
  it.each<[string, number | undefined]>([
    ['0', 0],
    ['120', 120],
    ['99999999999999999999', 1e20],
    ['Thu, 26 Nov 2026 10:02:00 GMT', 120],
    ['Thu, 26 Nov 2026 09:00:00 GMT', 0],
    ['Thu, 99 Nov 2026 10:02:00 GMT', undefined],
    ['2026-11-26T10:02:00Z', undefined],
    ['soon', undefined],
    ['-5', undefined],
    ['1.5', undefined],
    ['', undefined],
  ])('%p is %p s', (header, seconds) => {
    expect(retryAfterOf(503, header, NOW_MS)).toBe(seconds);
    expect(retryAfterOf(429, header, NOW_MS)).toBe(seconds);
  });

  it('applies to 429 and 503 only', () => {
    for (const status of [200, 302, 413, 500, 502]) expect(retryAfterOf(status, '120', NOW_MS)).toBeUndefined();
    expect(retryAfterOf(503, undefined, NOW_MS)).toBeUndefined();
  });
});
