import { expect, it } from '@jest/globals';
import { connectionsOf } from './start-api-process.js';

it('splits the connections of the process so that neither thread can deadlock', () => {
  for (let poolSize = 5; poolSize <= 100; poolSize++) {
    const { requests, bulk } = connectionsOf(poolSize);
    expect(requests + bulk).toBe(poolSize);
    expect(requests).toBeGreaterThanOrEqual(2);
    expect(bulk).toBeGreaterThanOrEqual(3);
  }
  expect(connectionsOf(16)).toEqual({ requests: 8, bulk: 8 });
});
