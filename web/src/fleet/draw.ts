import { formatDuration } from '../format/duration.js';
import { STATES } from '../ui/states.js';
import type { Cells } from './cells.js';
import { type HeatStyle, drawRow } from './draw-row.js';
import { type Cell, type Layout, shortened, visible } from './layout.js';

export interface Scene extends HeatStyle {
  readonly cells: Cells;
  readonly layout: Layout;
  /** The outlined cell. Its row is highlighted. */
  readonly cursor: Cell | undefined;
  /** Visible area without the header, CSS pixels. */
  readonly width: number;
  readonly height: number;
  readonly left: number;
  readonly top: number;
  /** Device pixels per CSS pixel. */
  readonly ratio: number;
}

const HOURS_A_DAY = 24;
const HOUR_MS = 3_600_000;
const GAP = 2;
const PAD = 8;
const FONT = '13px system-ui, sans-serif';
const signs = Object.fromEntries(STATES.map(({ state, sign }) => [state, sign]));

/** Draws the visible part of the heatmap. */
export function draw(context: CanvasRenderingContext2D, scene: Scene): void {
  const { cells, layout, width, height, top, ratio, palette } = scene;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.fillStyle = palette.surface;
  context.fillRect(0, 0, width, height);
  const rows = visible(top, height, layout.rowHeight, cells.rows.length);
  drawHours(context, scene, rows);
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  for (let row = rows.from; row < rows.to; row++) drawSides(context, scene, row);
}

type Rows = ReturnType<typeof visible>;

/** Draws in device pixels, so that neighbouring cells meet without a seam. */
function drawHours(context: CanvasRenderingContext2D, scene: Scene, rows: Rows): void {
  const { cells, layout, width, height, left, top, ratio, palette } = scene;
  const { idWidth, lostWidth, cellWidth, rowHeight } = layout;
  const seen = width - idWidth - lostWidth;
  const hours = visible(left, seen, cellWidth, cells.hours);
  const x = (hour: number): number => Math.round((idWidth + hour * cellWidth - left) * ratio);
  context.save();
  context.beginPath();
  context.rect(idWidth, 0, seen, height);
  context.clip();
  context.setTransform(1, 0, 0, 1, 0, 0);
  for (let row = rows.from; row < rows.to; row++) {
    const y = Math.round((row * rowHeight - top) * ratio);
    drawRow(context, scene, { row, y, high: Math.round((rowHeight - GAP) * ratio), x, hours });
  }
  context.fillStyle = palette.quiet;
  context.globalAlpha = 0.6;
  for (let hour = hours.from; hour <= hours.to; hour++) {
    const isMidnight = new Date(cells.hourMs(hour)).getUTCHours() === 0;
    if (isMidnight) context.fillRect(x(hour), 0, Math.max(1, Math.round(ratio / 2)), Math.round(height * ratio));
    if (isMidnight) hour += HOURS_A_DAY - 1;
  }
  context.globalAlpha = 1;
  outline(context, scene, x);
  context.restore();
}

function outline(context: CanvasRenderingContext2D, scene: Scene, x: (hour: number) => number): void {
  const { cursor, layout, ratio, top, palette } = scene;
  if (!cursor || cursor.hour < 0) return;
  const y = Math.round((cursor.row * layout.rowHeight - top) * ratio);
  const [left, right] = [x(cursor.hour), x(cursor.hour + 1)];
  const high = Math.round((layout.rowHeight - GAP) * ratio);
  for (const [colour, grown] of [
    [palette.surface, 2],
    [palette.text, 1],
  ] as const) {
    context.strokeStyle = colour;
    context.lineWidth = (grown === 2 ? 4 : 2) * ratio;
    context.strokeRect(left - ratio, y, right - left + 2 * ratio, high);
  }
}

function drawSides(context: CanvasRenderingContext2D, scene: Scene, row: number): void {
  const { cells, layout, palette, cursor, width, top } = scene;
  const { idWidth, lostWidth, rowHeight, isNarrow } = layout;
  const { storeId, name, state, lostMs } = cells.rows[row];
  const y = row * rowHeight - top;
  const middle = y + rowHeight / 2;
  const isMarked = cursor?.row === row;
  if (isMarked) {
    context.fillStyle = palette.line;
    context.fillRect(0, y, idWidth, rowHeight - GAP);
    context.fillRect(width - lostWidth, y, lostWidth, rowHeight - GAP);
  }
  context.font = FONT;
  context.textBaseline = 'middle';
  context.textAlign = 'left';
  context.fillStyle = state === 'down' ? palette.downText : palette.quiet;
  context.fillText(signs[state], PAD / 2, middle);
  context.fillStyle = palette.link;
  context.fillText(shortened(name ?? storeId, Math.floor((idWidth - 22) / 8.6)), 22, middle);
  context.fillStyle = palette.text;
  context.textAlign = 'right';
  context.fillText(lostTimeText(lostMs, isNarrow), width - PAD, middle);
}

/** A narrow screen shows whole hours. */
function lostTimeText(lostMs: number, isNarrow: boolean): string {
  if (lostMs === 0) return '–';
  return formatDuration(isNarrow && lostMs > HOUR_MS ? Math.round(lostMs / HOUR_MS) * HOUR_MS : lostMs);
}
