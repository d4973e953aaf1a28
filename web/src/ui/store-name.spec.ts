import { describe, expect, it } from '@jest/globals';
import { storeText, tagsText } from './store-name.js';

describe('the text of a store', () => {
  it('is its name with its id, or only its id', () => {
    expect(storeText('1003', 'Corner Shop')).toBe('Corner Shop (1003)');
    expect(storeText('1003', null)).toBe('1003');
  });

  it('lists its tags by key', () => {
    expect(tagsText({ region: 'North', brand: 'Corner' })).toBe('brand: Corner, region: North');
    expect(tagsText({})).toBe('');
  });
});
