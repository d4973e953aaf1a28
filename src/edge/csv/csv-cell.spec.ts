import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { defused } from './csv-cell.js';

describe('a CSV cell', () => {
  it.each(['=1+1', '+1', '-1+2', '-', '--1', '-1.5', '-42,active', '@sum', '\t=1', '\r=1'])(
    'gets an apostrophe if a spreadsheet would run it: %j',
    (cell) => {
      expect(defused(cell)).toBe(`'${cell}`);
    },
  );

  it.each(['', 'A', '42', '-42', '-9223372036854775808', "'=1", ' =1', 'a=1', '1-1'])(
    'stays unchanged if a spreadsheet would not run it: %j',
    (cell) => {
      expect(defused(cell)).toBe(cell);
    },
  );

  it('never begins like a formula, unless it is a negative integer', () => {
    const start = fc.constantFrom('=', '+', '-', '@', '\t', '\r', '');
    fc.assert(
      fc.property(start, fc.string({ unit: 'binary' }), (first, rest) => {
        expect(defused(first + rest)).not.toMatch(/^[=+@\t\r]|^-(?!\d+$)/);
      }),
    );
  });
});
