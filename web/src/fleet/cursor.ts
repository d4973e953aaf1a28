import type { Cell } from './layout.js';

export interface Extent {
  readonly rows: number;
  readonly hours: number;
  /** Rows that are seen at once. */
  readonly page: number;
}

/**
 * Where a key leads, as in any grid (ARIA Authoring Practices): arrows by a cell, Page Up and Page Down by what is seen, Home
 * and End along the row, with Ctrl to the corners.
 * @returns undefined: the key is none of these
 */
export function moved(cell: Cell, key: string, isCtrl: boolean, { rows, hours, page }: Extent): Cell | undefined {
  const step = Math.max(1, page - 1);
  const to = (row: number, hour: number): Cell => ({ row: clamped(row, rows), hour: clamped(hour, hours) });
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

const clamped = (at: number, count: number): number => Math.max(0, Math.min(count - 1, at));
