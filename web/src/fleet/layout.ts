/** The layout of the heatmap. All lengths are CSS pixels. */
export interface Layout {
  readonly idWidth: number;
  readonly lostWidth: number;
  readonly isNarrow: boolean;
  readonly rowHeight: number;
  readonly cellWidth: number;
  /** Full width, including columns outside the visible area. */
  readonly contentWidth: number;
}

const NARROW = 640;
const MIN_CELL_WIDTH = 4;
const ROW = 20;
/** Touch targets must be at least 24 pixels high (WCAG 2.5.8). */
const TOUCH_ROW = 26;

/** @param width of the visible area */
export function layoutOf(width: number, hours: number, isCoarse: boolean): Layout {
  const isNarrow = width < NARROW;
  const [idWidth, lostWidth] = isNarrow ? [106, 58] : [196, 104];
  const cellWidth = Math.max(MIN_CELL_WIDTH, (width - idWidth - lostWidth) / Math.max(1, hours));
  const rowHeight = isCoarse ? TOUCH_ROW : ROW;
  return { isNarrow, idWidth, lostWidth, rowHeight, cellWidth, contentWidth: idWidth + cellWidth * hours + lostWidth };
}

/** The rows or columns that are at least partly visible. `to` is exclusive. */
export function visible(offset: number, extent: number, size: number, count: number): { from: number; to: number } {
  const from = Math.min(count, Math.max(0, Math.floor(offset / size)));
  return { from, to: Math.max(from, Math.min(count, Math.ceil((offset + extent) / size))) };
}

/** The nearest scroll offset at which the item at `start` is fully visible. */
export function scrolledTo(start: number, size: number, offset: number, extent: number): number {
  if (start < offset) return start;
  return start + size > offset + extent ? start + size - extent : offset;
}

export interface Cell {
  readonly row: number;
  readonly hour: number;
}

/**
 * The cell at a point.
 * @param x, y in the scrolled content, from its left edge and its first row
 * @param leftSeen, rightSeen right edge of the ids and left edge of the lost times, in the content
 * @returns undefined outside the rows; hour -1 on the id or the lost time
 */
export function cellAt(
  { x, y }: { x: number; y: number },
  { leftSeen, rightSeen }: { leftSeen: number; rightSeen: number },
  { idWidth, rowHeight, cellWidth }: Layout,
  { rows, hours }: { rows: number; hours: number },
): Cell | undefined {
  const row = Math.floor(y / rowHeight);
  if (row < 0 || row >= rows) return undefined;
  const hour = Math.floor((x - idWidth) / cellWidth);
  const isBeside = x < leftSeen || x >= rightSeen || hour < 0 || hour >= hours;
  return { row, hour: isBeside ? -1 : hour };
}

/** A store id shortened in the middle: `3528…9359`. @param limit characters */
export function shortened(id: string, limit: number): string {
  if (id.length <= limit) return id;
  const end = Math.floor((limit - 1) / 2);
  return `${id.slice(0, limit - 1 - end)}…${id.slice(id.length - end)}`;
}
