import { describe, expect, it } from '@jest/globals';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { sideBySide } from './side-by-side.js';

describe('blocks side by side', () => {
  it('are each worked on once, two at a time', async () => {
    let [atOnce, most] = [0, 0];
    const seen: number[] = [];
    await sideBySide([1, 2, 3, 4, 5], async (block) => {
      most = Math.max(most, ++atOnce);
      await nextTurn();
      seen.push(block);
      atOnce--;
    });
    expect([seen, most]).toEqual([[1, 2, 3, 4, 5], 2]);
  });

  it('end when one fails: those in hand are waited for, no other is begun', async () => {
    const [begun, ended]: number[][] = [[], []];
    const working = sideBySide([1, 2, 3, 4], async (block) => {
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
