import { describe, expect, it } from '@jest/globals';
import { TextColumn } from './text-column.js';

describe('a column of texts', () => {
  it('returns each text by its index, whatever the order in which they came', () => {
    const texts = Array.from({ length: 500 }, (_, i) => `${'é€😀'.repeat(i % 7)}-${i}`);
    const column = new TextColumn(texts.length + 1);
    for (const [index, text] of [...texts.entries()].toReversed()) column.set(index, text);
    expect(texts.map((_, index) => column.get(index))).toEqual(texts);
    expect(column.get(texts.length)).toBe('');
  });
});
