import { describe, expect, it } from '@jest/globals';
import { GatheredPolls } from './gathered-polls.js';

describe('gathered polls', () => {
  const columns = (polls: GatheredPolls, key: number): unknown => {
    const own = polls.get(key);
    return (
      own && { at: [...(own.polledAtMs as Float64Array)], active: [...(own.active as Uint8Array)], count: own.count }
    );
  };

  it('are returned by key, each once', () => {
    const polls = new GatheredPolls();
    polls.add(5, 100, true);
    polls.add(5, 100, true); // the same poll, read once as carried and once in its hour
    polls.add(5, 200, false);
    polls.add(9, 200, true); // another store at the same instant
    expect(columns(polls, 5)).toEqual({ at: [100, 200], active: [1, 0], count: 2 });
    expect(columns(polls, 9)).toEqual({ at: [200], active: [1], count: 1 });
    expect(polls.get(7)).toBeUndefined();
    expect([...polls].map(([key, { count }]) => [key, count])).toEqual([
      [5, 2],
      [9, 1],
    ]);
  });

  it('grow beyond their initial capacity', () => {
    const polls = new GatheredPolls();
    for (let i = 0; i < 10_000; i++) polls.add(Math.floor(i / 7), i, i % 2 === 0);
    expect(columns(polls, 1_000)).toEqual({
      at: [7_000, 7_001, 7_002, 7_003, 7_004, 7_005, 7_006],
      active: [1, 0, 1, 0, 1, 0, 1],
      count: 7,
    });
  });
});
