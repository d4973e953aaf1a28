import type { Cell } from './layout.js';

export interface Extent {
  readonly rows: number;
  readonly hours: number;
  /** Number of visible rows. */
  readonly page: number;
}

/**
 * The cell to which a key moves the cursor. The keys are those of the grid pattern in the ARIA Authoring Practices: arrows move by
 * one cell, Page Up and Page Down by a screen, Home and End to the ends of the row, and with Ctrl to the corners.
 * @returns undefined for any other key
 */
export function moveCursor(cell: Cell, key: string, isCtrl: boolean, { rows, hours, page }: Extent): Cell | undefined {
  const step = Math.max(1, page - 1);
  const to = (row: number, hour: number): Cell => ({ row: clamp(row, rows), hour: clamp(hour, hours) });
  switch (key) {
    case 'ArrowUp':
      return to(cell.row - 1, cell.hour);
    case 'ArrowDown':
      return to(cell.row + 1, cell.hour);
    case 'ArrowLeft':
      return to(cell.row, cell.hour - 1);
    case 'ArrowRight':
      return to(cell.row, cell.hour + 1);
    case 'PageUp':
      return to(cell.row - step, cell.hour);
    case 'PageDown':
      return to(cell.row + step, cell.hour);
    case 'Home':
      return to(isCtrl ? 0 : cell.row, 0);
    case 'End':
      return to(isCtrl ? rows - 1 : cell.row, hours - 1);
    default:
      return undefined;
  }
}

const clamp = (at: number, count: number): number => Math.max(0, Math.min(count - 1, at));
