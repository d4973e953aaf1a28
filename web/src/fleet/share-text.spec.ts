import { shareText } from './share-text.js';

describe('shareText', () => {
  it.each([
    [undefined, 'closed'],
    [{ up: 100, down: 0, silent: 0 }, '100% up'],
    [{ up: 61, down: 14, silent: 25 }, '61% up, 14% down, 25% no recent data'],
    [{ up: 0, down: 0, silent: 100 }, '100% no recent data'],
  ])('%j', (share, text) => {
    expect(shareText(share)).toBe(text);
  });
});
