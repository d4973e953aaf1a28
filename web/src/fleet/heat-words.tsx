import { spoken } from '../format/duration.js';
import { inZone } from '../format/time.js';
import type { Cells } from './cells.js';
import type { Cell } from './layout.js';
import { shareInWords } from './words.js';

interface At {
  readonly cells: Cells;
  readonly cell: Cell;
}

/**
 * The only cell of the grid that is in the document: the one with the cursor. Who does not see the canvas is told of it
 * whenever the cursor moves.
 */
export function CellInGrid({ cells, cell }: At) {
  const row = cells.rows[cell.row];
  if (!row) return null;
  const { storeId, state, lostMs } = row;
  return (
    <div class="visually-hidden heat-told" role="row" aria-rowindex={cell.row + 1}>
      <span role="rowheader" aria-colindex={1}>
        {storeId}, now {state}, lost {spoken(lostMs)}
      </span>
      <span role="gridcell" id="heat-cell" aria-colindex={cell.hour + 2} aria-live="polite" aria-atomic="true">
        Store {storeId}, {inZone(cells.hourMs(cell.hour))}: {shareInWords(cells.shareAt(cell.row, cell.hour))}
      </span>
    </div>
  );
}

/** Where the cell is that a tooltip tells of, and how much room there is. */
interface Place {
  readonly left: number;
  readonly top: number;
  readonly rowHeight: number;
  readonly width: number;
  readonly height: number;
}

/** What a tooltip needs at most. */
const ROOM = 130;
const NARROW = 640;

/** The same for eyes, beside the cell. */
export function Tooltip({ cells, cell, place, hint }: At & { place: Place; hint: string }) {
  const row = cells.rows[cell.row];
  if (!row) return null;
  const hourMs = cells.hourMs(cell.hour);
  return (
    <div class="heat-tooltip" aria-hidden="true" style={styleOf(place)}>
      <strong>{row.storeId}</strong>
      {cell.hour >= 0 && (
        <>
          <span>{shareInWords(cells.shareAt(cell.row, cell.hour))}</span>
          <span class="quiet">{inZone(hourMs)}, for an hour</span>
          <span class="quiet">{inZone(hourMs, row.zone)} there</span>
        </>
      )}
      {cell.hour < 0 && (
        <>
          <span>now {row.state}</span>
          <span>
            lost {spoken(row.lostMs)}, silent {spoken(row.silentMs)} of {spoken(row.openMs)} open
          </span>
          <span class="quiet">{row.zone}</span>
        </>
      )}
      {hint && <span class="quiet">{hint}</span>}
    </div>
  );
}

/** Below the cell, or above it where there is no room; towards the middle; on a phone, as wide as there is room. */
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
