import { expect, it } from '@jest/globals';
import { isAway } from './sql.js';

it.each([
  [Object.assign(new Error('terminating connection'), { code: '57P01' }), true],
  [Object.assign(new Error(''), { code: 'ECONNREFUSED' }), true],
  // Citus reports a lost worker with the code of an internal error.
  [Object.assign(new Error('failure on connection marked as essential: 10.0.0.2:5432'), { code: 'XX000' }), true],
  [Object.assign(new Error('cache lookup failed'), { code: 'XX000' }), false],
])('an error of an unavailable database is told from others: %s', (error, expected) => {
  expect(isAway(error)).toBe(expected);
});
