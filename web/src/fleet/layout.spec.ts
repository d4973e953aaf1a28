import { cellAt, layoutOf, scrolledTo, shortened, visible } from './layout.js';

describe('layoutOf', () => {
  it('fills a wide screen with the hours', () => {
    const { contentWidth } = layoutOf(1_200, 168, false);
    expect(contentWidth).toBeCloseTo(1_200);
  });

  it('scrolls sideways on a phone, with rows high enough to touch', () => {
    const { contentWidth, rowHeight, isNarrow } = layoutOf(358, 168, true);
    expect(contentWidth).toBeGreaterThan(358);
    expect(rowHeight).toBeGreaterThanOrEqual(24);
    expect(isNarrow).toBe(true);
  });
});

describe('visible', () => {
  it.each([
    ['at the top', 0, { from: 0, to: 5 }],
    ['with a partial row at both ends', 30, { from: 1, to: 7 }],
    ['at the end', 1_900, { from: 95, to: 100 }],
    ['beyond the end', 5_000, { from: 100, to: 100 }],
    ['beyond the top, during overscroll', -40, { from: 0, to: 3 }],
  ])('is the visible rows %s', (_, offset, seen) => {
    expect(visible(offset, 100, 20, 100)).toEqual(seen);
  });

  it('is empty without rows', () => {
    expect(visible(0, 100, 20, 0)).toEqual({ from: 0, to: 0 });
  });
});

describe('scrolledTo', () => {
  it('scrolls as little as possible', () => {
    expect(scrolledTo(100, 20, 0, 200)).toBe(0);
    expect(scrolledTo(190, 20, 0, 200)).toBe(10);
    expect(scrolledTo(40, 20, 100, 200)).toBe(40);
  });
});

describe('cellAt', () => {
  const layout = layoutOf(1_140, 168, false);
  const sides = { leftSeen: layout.idWidth, rightSeen: 1_140 - layout.lostWidth };
  const extent = { rows: 3, hours: 168 };

  it('is the hour and the row at a point', () => {
    const point = { x: layout.idWidth + 2.5 * layout.cellWidth, y: layout.rowHeight + 1 };
    expect(cellAt(point, sides, layout, extent)).toEqual({ row: 1, hour: 2 });
  });

  it('has no hour on the id or the lost time, even with hours scrolled beneath them', () => {
    expect(cellAt({ x: 5, y: 1 }, sides, layout, extent)).toEqual({ row: 0, hour: -1 });
    expect(cellAt({ x: 1_135, y: 1 }, sides, layout, extent)).toEqual({ row: 0, hour: -1 });
    const scrolled = { leftSeen: 300 + layout.idWidth, rightSeen: 1_000 };
    expect(cellAt({ x: 320, y: 1 }, scrolled, layout, extent)).toEqual({ row: 0, hour: -1 });
  });

  it('is undefined below the last row', () => {
    expect(cellAt({ x: 300, y: 3 * layout.rowHeight }, sides, layout, extent)).toBeUndefined();
  });
});

describe('shortened', () => {
  it('keeps both ends of a long id', () => {
    expect(shortened('3528132028707629359', 9)).toBe('3528…9359');
    expect(shortened('3528132028707629359', 8)).toBe('3528…359');
    expect(shortened('3528', 8)).toBe('3528');
  });
});
