import { shareInWords } from './words.js';

describe('shareInWords', () => {
  it.each([
    [undefined, 'closed'],
    [{ up: 100, down: 0, silent: 0 }, '100 % up of its open time'],
    [{ up: 61, down: 14, silent: 25 }, '61 % up, 14 % down, 25 % silent of its open time'],
    [{ up: 0, down: 0, silent: 100 }, '100 % silent of its open time'],
  ])('%j', (share, words) => {
    expect(shareInWords(share)).toBe(words);
  });
});
