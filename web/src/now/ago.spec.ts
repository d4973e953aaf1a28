import { ago } from './ago.js';

const NOW_MS = Date.parse('2026-01-12T17:00:00Z');
const MINUTE_MS = 60_000;

describe('ago', () => {
  it.each([
    [12 * MINUTE_MS, '12 min ago'],
    [200 * MINUTE_MS, '3 h 20 min ago'],
    [47 * 60 * MINUTE_MS, '47 h ago'],
    [48 * 60 * MINUTE_MS, '2 days ago'],
    [0, 'just now'],
    [-5 * MINUTE_MS, 'just now'],
  ])('%i ms', (ms, words) => {
    expect(ago(NOW_MS - ms, NOW_MS)).toBe(words);
  });
});
