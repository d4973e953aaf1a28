import { describe, expect, it } from '@jest/globals';
import { StoreKeys } from './store-keys.js';

describe('the ids of stores by number', () => {
  it('are the same whether given as text or as bytes', () => {
    const keys = new StoreKeys();
    const ids = ['a', 'Café', '店'.repeat(255), '😀'.repeat(127), 'a '.repeat(400)];
    const numbers = ids.map((id) => keys.of(id));
    expect(numbers).toEqual([0, 1, 2, 3, 4]);
    expect(ids.map((id) => keys.find(Buffer.from(id), 0, Buffer.byteLength(id)))).toEqual(numbers);
    expect(ids.map((id) => keys.findText(id))).toEqual(numbers);
    expect(numbers.map((key) => keys.storeId(key))).toEqual(ids);
    expect([keys.findText('b'), keys.size]).toEqual([-1, 5]);
  });

  it('have a database id once it is set', () => {
    const keys = new StoreKeys();
    const [first, second] = [keys.of('first'), keys.of('second')];
    keys.setId(second, 12);
    expect([keys.idOf(first), keys.idOf(second)]).toEqual([0, 12]);
  });
});
