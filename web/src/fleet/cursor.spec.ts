import { moveCursor } from './cursor.js';

const EXTENT = { rows: 100, hours: 168, page: 20 };
const from = { row: 50, hour: 60 };

describe('moveCursor', () => {
  it.each([
    ['ArrowUp', { row: 49, hour: 60 }],
    ['ArrowDown', { row: 51, hour: 60 }],
    ['ArrowLeft', { row: 50, hour: 59 }],
    ['ArrowRight', { row: 50, hour: 61 }],
    ['PageUp', { row: 31, hour: 60 }],
    ['PageDown', { row: 69, hour: 60 }],
    ['Home', { row: 50, hour: 0 }],
    ['End', { row: 50, hour: 167 }],
  ])('%s', (key, to) => {
    expect(moveCursor(from, key, false, EXTENT)).toEqual(to);
  });

  it('goes to the corners with Ctrl', () => {
    expect(moveCursor(from, 'Home', true, EXTENT)).toEqual({ row: 0, hour: 0 });
    expect(moveCursor(from, 'End', true, EXTENT)).toEqual({ row: 99, hour: 167 });
  });

  it('stays inside the grid', () => {
    expect(moveCursor({ row: 0, hour: 0 }, 'ArrowUp', false, EXTENT)).toEqual({ row: 0, hour: 0 });
    expect(moveCursor({ row: 0, hour: 0 }, 'ArrowLeft', false, EXTENT)).toEqual({ row: 0, hour: 0 });
    expect(moveCursor({ row: 95, hour: 167 }, 'PageDown', false, EXTENT)).toEqual({ row: 99, hour: 167 });
  });

  it('moves by one row if fewer than two are visible', () => {
    expect(moveCursor(from, 'PageDown', false, { ...EXTENT, page: 1 })).toEqual({ row: 51, hour: 60 });
  });

  it('ignores other keys', () => {
    expect(moveCursor(from, 'Tab', false, EXTENT)).toBeUndefined();
  });
});
