import { expect, it } from '@jest/globals';
import { checked } from './table.js';

it('counts each promise of each stage, and counts an aborted stage as a failure', () => {
  const results = {
    kills: { kills: 6, 'polls lost': 0, 'reports lost': 2 },
    network: { 'polls lost': 0 },
  };
  expect(checked(['kills', 'network', 'disk'], results)).toEqual({ passed: 2, failed: 2 });
});
