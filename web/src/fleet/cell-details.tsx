import { formatDuration } from '../format/duration.js';
import { formatTime } from '../format/time.js';
import type { Cells } from './cells.js';
import type { Cell } from './layout.js';
import { stateText } from '../ui/states.js';
import { storeText, tagsText } from '../ui/store-name.js';
import { shareText } from './share-text.js';

interface CellProps {
  readonly cells: Cells;
  readonly cell: Cell;
}

/**
 * The cell under the cursor as a grid cell for screen readers: the canvas itself has no cells in the document. A live region
 * announces it when the cursor moves.
 */
export function CursorCell({ cells, cell }: CellProps) {
  const row = cells.rows[cell.row];
  if (!row) return null;
  const { state, lostMs } = row;
  const store = storeText(row.storeId, row.name);
  return (
    <div class="visually-hidden heat-cursor" role="row" aria-rowindex={cell.row + 1}>
      <span role="rowheader" aria-colindex={1}>
        {store}, now: {stateText(state)}, lost {formatDuration(lostMs)}
      </span>
      <span role="gridcell" id="heat-cell" aria-colindex={cell.hour + 2} aria-live="polite" aria-atomic="true">
        Store {store}, {formatTime(cells.hourMs(cell.hour))}: {shareText(cells.shareAt(cell.row, cell.hour))}
      </span>
    </div>
  );
}

/** Position of the cell, and size of the area for its tooltip. CSS pixels. */
interface Place {
  readonly left: number;
  readonly top: number;
  readonly rowHeight: number;
  readonly width: number;
  readonly height: number;
}

/** Largest height of a tooltip, CSS pixels. */
const ROOM = 130;
const NARROW = 640;

/** A tooltip beside the cell. Hidden from screen readers, which get the cursor cell. */
export function CellTooltip({ cells, cell, place, hint }: CellProps & { place: Place; hint: string }) {
  const row = cells.rows[cell.row];
  if (!row) return null;
  const hourMs = cells.hourMs(cell.hour);
  return (
    <div class="heat-tooltip" aria-hidden="true" style={styleOf(place)}>
      <strong>{storeText(row.storeId, row.name)}</strong>
      {cell.hour >= 0 && (
        <>
          <span>{shareText(cells.shareAt(cell.row, cell.hour))}</span>
          <span class="quiet">1 hour from {formatTime(hourMs)}</span>
          <span class="quiet">Local time: {formatTime(hourMs, row.zone)}</span>
        </>
      )}
      {cell.hour < 0 && (
        <>
          <span>now: {stateText(row.state)}</span>
          <span>
            lost {formatDuration(row.lostMs)}, no recent data {formatDuration(row.silentMs)}, open{' '}
            {formatDuration(row.openMs)}
          </span>
          <span class="quiet">{row.zone}</span>
          {tagsText(row.tags) && <span class="quiet">{tagsText(row.tags)}</span>}
        </>
      )}
      {hint && <span class="quiet">{hint}</span>}
    </div>
  );
}

/** Places the tooltip below the cell, or above it near the bottom edge. On a narrow screen it takes the full width. */
function styleOf({ left, top, rowHeight, width, height }: Place) {
  const isAbove = top + rowHeight + ROOM > height && top > ROOM;
  return {
    top: `${isAbove ? top - 4 : top + rowHeight + 4}px`,
    ...(isAbove && { transform: 'translateY(-100%)' }),
    ...(left > width / 2 || width < NARROW
      ? { right: `${width < NARROW ? 4 : width - left}px` }
      : { left: `${left}px` }),
    ...(width < NARROW && { left: '4px' }),
  };
}
