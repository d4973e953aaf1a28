import { describe, expect, it } from '@jest/globals';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { concurrently } from './concurrently.js';

describe('concurrent blocks', () => {
  it('are each processed once, two at a time', async () => {
    let [atOnce, max] = [0, 0];
    const seen: number[] = [];
    await concurrently([1, 2, 3, 4, 5], async (block) => {
      max = Math.max(max, ++atOnce);
      await nextTurn();
      seen.push(block);
      atOnce--;
    });
    expect([seen, max]).toEqual([[1, 2, 3, 4, 5], 2]);
  });

  it('stop after a failure: running ones finish, and no other is started', async () => {
    const [begun, ended]: number[][] = [[], []];
    const working = concurrently([1, 2, 3, 4], async (block) => {
      begun.push(block);
      await nextTurn();
      if (block === 1) throw new Error('the first');
      await nextTurn();
      ended.push(block);
    });
    await expect(working).rejects.toThrow('the first');
    expect([begun, ended]).toEqual([[1, 2], [2]]);
  });
});
