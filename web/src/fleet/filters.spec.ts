import { parseFilters, toAddress, toRequest } from './filters.js';

const read = (text: string) => parseFilters(new URLSearchParams(text));

describe('filters in an address', () => {
  it('have defaults, which the address leaves out', () => {
    const defaults = read('');
    expect(defaults).toEqual({ q: '', zone: '', state: '', sort: 'lost', basis: 'observed', shape: 'heatmap' });
    expect(Object.values(toAddress(defaults)).filter(Boolean)).toEqual([]);
  });

  it('round-trip', () => {
    const text = 'q=35&zone=America%2FChicago&state=silent&sort=store_id&basis=all&as=table';
    expect(new URLSearchParams(toAddress(read(text))).toString()).toBe(text);
  });

  it('ignore invalid values', () => {
    expect(read('state=asleep&sort=name&basis=guessed&as=poem')).toEqual(read(''));
  });

  it('send the API only what is set', () => {
    expect(toRequest(read(''))).toEqual({ sort: 'lost', basis: 'observed' });
    expect(toRequest(read('q=35&zone=UTC&state=down'))).toEqual({
      sort: 'lost',
      basis: 'observed',
      q: '35',
      timezone: 'UTC',
      state: 'down',
    });
  });
});
