import type { Cells } from './cells.js';
import { dayLabel } from './day-label.js';
import type { Layout } from './layout.js';

const HOURS_A_DAY = 24;

/** The column headings of the heatmap, with UTC days. Hidden from screen readers, which get the hour with each cell. */
export function HeatHeader({ cells, layout }: { cells: Cells; layout: Layout }) {
  const { idWidth, lostWidth, cellWidth, contentWidth } = layout;
  return (
    <div class="heat-header" aria-hidden="true" style={{ width: `${contentWidth}px` }}>
      <span class="heat-ids" style={{ width: `${idWidth}px` }}>
        Store
      </span>
      {daysOf(cells).map(({ first, last }) => (
        <span
          key={first}
          class="heat-day"
          style={{ left: `${idWidth + first * cellWidth}px`, width: `${(last - first) * cellWidth}px` }}
        >
          <span style={{ left: `${idWidth}px` }}>{dayLabel(cells.hourMs(first), (last - first) * cellWidth)}</span>
        </span>
      ))}
      <span class="heat-lost" style={{ width: `${lostWidth}px` }}>
        Lost
      </span>
    </div>
  );
}

/** Columns of each UTC day. `last` is exclusive. */
function daysOf(cells: Cells): { first: number; last: number }[] {
  const days: { first: number; last: number }[] = [];
  for (let first = 0; first < cells.hours;) {
    const last = Math.min(cells.hours, first + HOURS_A_DAY - new Date(cells.hourMs(first)).getUTCHours());
    days.push({ first, last });
    first = last;
  }
  return days;
}
