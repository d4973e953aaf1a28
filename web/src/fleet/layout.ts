/** Where things are in the heatmap; all lengths in CSS pixels. */
export interface Layout {
  readonly idWidth: number;
  readonly lostWidth: number;
  readonly isNarrow: boolean;
  readonly rowHeight: number;
  readonly cellWidth: number;
  /** Of all rows and columns, beyond what is seen. */
  readonly contentWidth: number;
}

const NARROW = 640;
const LEAST_CELL = 4;
const ROW = 20;
/** A finger hits what is 24 pixels high (WCAG 2.5.8). */
const ROW_FOR_FINGERS = 26;

/** @param width of what is seen */
export function layoutOf(width: number, hours: number, isCoarse: boolean): Layout {
  const isNarrow = width < NARROW;
  const [idWidth, lostWidth] = isNarrow ? [106, 58] : [196, 104];
  const cellWidth = Math.max(LEAST_CELL, (width - idWidth - lostWidth) / Math.max(1, hours));
  const rowHeight = isCoarse ? ROW_FOR_FINGERS : ROW;
  return { isNarrow, idWidth, lostWidth, rowHeight, cellWidth, contentWidth: idWidth + cellWidth * hours + lostWidth };
}

/** Those that are seen at least in part; `to` is behind the last. */
export function visible(offset: number, extent: number, size: number, count: number): { from: number; to: number } {
  const from = Math.min(count, Math.max(0, Math.floor(offset / size)));
  return { from, to: Math.max(from, Math.min(count, Math.ceil((offset + extent) / size))) };
}

/** How far to scroll so that what is at `start` is seen whole: as little as possible. */
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
 * @param x, y in the content, from its left and its first row; the id and the lost time count as no hour
 * @param leftSeen, rightSeen where the ids end and the lost times begin, in the content
 * @returns undefined where there is no row; hour -1: beside the hours
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

/** A store id where there is no room for it: its beginning and its end. @param most characters */
export function shortened(id: string, most: number): string {
  if (id.length <= most) return id;
  const end = Math.floor((most - 1) / 2);
  return `${id.slice(0, most - 1 - end)}…${id.slice(id.length - end)}`;
}
