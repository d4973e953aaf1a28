import { filtersOf, inAddress, inRequest } from './filters.js';

const read = (text: string) => filtersOf(new URLSearchParams(text));

describe('filters of an address', () => {
  it('are the usual ones where it names none, which are not written', () => {
    const usual = read('');
    expect(usual).toEqual({ q: '', zone: '', state: '', sort: 'lost', basis: 'observed', shape: 'heatmap' });
    expect(Object.values(inAddress(usual)).filter(Boolean)).toEqual([]);
  });

  it('come back as they were written', () => {
    const text = 'q=35&zone=America%2FChicago&state=silent&sort=store_id&basis=all&as=table';
    expect(new URLSearchParams(inAddress(read(text))).toString()).toBe(text);
  });

  it('leave out what there is not', () => {
    expect(read('state=asleep&sort=name&basis=guessed&as=poem')).toEqual(read(''));
  });

  it('ask the API only for what is chosen', () => {
    expect(inRequest(read(''))).toEqual({ sort: 'lost', basis: 'observed' });
    expect(inRequest(read('q=35&zone=UTC&state=down'))).toEqual({
      sort: 'lost',
      basis: 'observed',
      q: '35',
      timezone: 'UTC',
      state: 'down',
    });
  });
});
