import { describe, expect, it } from '@jest/globals';
import { stateAt } from './state-at.js';
import type { StatusInterval } from './segments.js';

const NOON = '2026-01-12T12:00:00.000Z';

const until = (end: string, kind: StatusInterval['kind'], status: StatusInterval['status']): StatusInterval => ({
  start: '2026-01-12T11:00:00.000Z',
  end,
  kind,
  status,
  polled_at: null,
});

describe('the state of a store', () => {
  it.each([
    ['up', until(NOON, 'observed', 'active')],
    ['down', until(NOON, 'observed', 'inactive')],
    ['silent', until(NOON, 'carried', 'active')],
    ['silent', until(NOON, 'carried', 'inactive')],
    ['silent', until(NOON, 'unknown', null)],
    ['closed', until('2026-01-12T11:59:59.999Z', 'observed', 'active')],
  ] as const)('is %s after %j', (state, last) => {
    expect(stateAt(NOON, [until('2026-01-12T11:00:00.000Z', 'observed', 'active'), last])).toBe(state);
  });

  it('is closed without open time', () => {
    expect(stateAt(NOON, [])).toBe('closed');
  });
});
