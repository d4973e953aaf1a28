import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { hrefOf } from '../shell/route.js';
import { useSize } from '../ui/use-size.js';
import type { Cells } from './cells.js';
import { moveCursor } from './cursor.js';
import { draw } from './draw.js';
import { useHeatStyle } from './draw-row.js';
import { HeatHeader } from './heat-header.js';
import { CursorCell, CellTooltip } from './cell-details.js';
import { type Cell, cellAt, layoutOf, scrolledTo } from './layout.js';
import type { Fleet } from './use-fleet.js';
import './heatmap.css';

/** CSS pixels; must match heatmap.css. */
const HEADER = 28;

/** Scroll positions and cursors, restored when the user returns from a store. */
const scrollPositions = new WeakMap<Cells, { left: number; top: number; cursor: Cell }>();

/**
 * Stores by hours on a canvas of the size of the visible area. It is one tab stop: keys move a cursor, and screen readers announce
 * its cell.
 */
export function Heatmap({ fleet }: { fleet: Fleet }) {
  const { cells, loaded } = fleet;
  const scroller = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const { width, height } = useSize(scroller);
  const [cursor, setCursor] = useState<Cell>();
  const [hovered, setHovered] = useState<Cell>();
  const [isFocused, setIsFocused] = useState(false);
  const isCoarse = useMemo(() => matchMedia('(pointer: coarse)').matches, []);
  const layout = useMemo(() => layoutOf(width, cells.hours, isCoarse), [width, cells.hours, isCoarse]);
  const high = Math.max(0, Math.min(height - HEADER, loaded * layout.rowHeight));
  const ratio = devicePixelRatio;
  const style = useHeatStyle(ratio);
  const shown = hovered ?? (isFocused ? cursor : undefined);

  const drawVisible = (): void => {
    const { scrollLeft: left, scrollTop: top } = scroller.current!;
    const context = canvas.current!.getContext('2d', { alpha: false })!;
    draw(context, { ...style, cells, layout, cursor: shown, width, height: high, left, top, ratio });
  };
  const frame = useRef(0);
  const scheduleDraw = (): void => {
    cancelAnimationFrame(frame.current);
    frame.current = requestAnimationFrame(drawVisible);
  };
  useLayoutEffect(() => {
    canvas.current!.width = Math.round(width * ratio);
    canvas.current!.height = Math.round(high * ratio);
    drawVisible();
  }, [width, high, ratio]);
  useLayoutEffect(scheduleDraw);
  useEffect(() => () => cancelAnimationFrame(frame.current), []);
  // Scrolls to the newest hours. Other stores start at the top.
  useLayoutEffect(() => {
    if (width > 0 && !scrollPositions.has(cells)) scroller.current!.scrollLeft = layout.contentWidth;
  }, [layout.contentWidth]);
  useLayoutEffect(() => {
    if (width === 0) return;
    const { left = layout.contentWidth, top = 0, cursor: known } = scrollPositions.get(cells) ?? {};
    scroller.current!.scrollTo(left, top);
    setCursor(known);
    setHovered(undefined);
  }, [cells, width > 0]);

  const open = (cell: Cell): void => {
    const { scrollLeft: left, scrollTop: top } = scroller.current!;
    const { row } = cell;
    scrollPositions.set(cells, { left, top, cursor: { row, hour: cell.hour < 0 ? cells.hours - 1 : cell.hour } });
    location.hash = hrefOf('stores', cells.rows[row].storeId);
  };
  const at = (event: MouseEvent): Cell | undefined => {
    const box = canvas.current!.getBoundingClientRect();
    const { scrollLeft: left, scrollTop: top } = scroller.current!;
    const point = { x: event.clientX - box.left + left, y: event.clientY - box.top + top };
    const sides = { leftSeen: left + layout.idWidth, rightSeen: left + width - layout.lostWidth };
    return cellAt(point, sides, layout, { rows: loaded, hours: cells.hours });
  };
  const point = (to: Cell | undefined): void =>
    setHovered((last) => (last?.row === to?.row && last?.hour === to?.hour ? last : to));
  const show = ({ row, hour }: Cell): void => {
    const box = scroller.current!;
    const seen = width - layout.idWidth - layout.lostWidth;
    box.scrollTop = scrolledTo(row * layout.rowHeight, layout.rowHeight, box.scrollTop, high);
    box.scrollLeft = scrolledTo(hour * layout.cellWidth, layout.cellWidth, box.scrollLeft, seen);
  };
  const onKey = (event: KeyboardEvent): void => {
    if (event.altKey || event.metaKey) return;
    const from = cursor ?? { row: 0, hour: cells.hours - 1 };
    if (event.key === 'Enter') return open(from);
    if (event.key === 'Escape') {
      setHovered(undefined);
      return setIsFocused(false);
    }
    const page = Math.floor(high / layout.rowHeight);
    const to = moveCursor(from, event.key, event.ctrlKey, { rows: loaded, hours: cells.hours, page });
    if (!to) return;
    event.preventDefault();
    setHovered(undefined);
    setIsFocused(true);
    setCursor(to);
    show(to);
  };
  const onFocus = (): void => {
    setIsFocused(scroller.current!.matches(':focus-visible'));
    if (!cursor) setCursor({ row: Math.floor(scroller.current!.scrollTop / layout.rowHeight), hour: cells.hours - 1 });
  };
  // Touch has no hover: the first tap on an hour shows its details, the second opens the store.
  const onClick = (event: MouseEvent): void => {
    const to = at(event);
    if (!to) return;
    if (event.ctrlKey || event.metaKey) return void window.open(hrefOf('stores', cells.rows[to.row].storeId));
    const isShown = shown?.row === to.row && shown.hour === to.hour;
    if (isCoarse && to.hour >= 0 && !isShown) point(to);
    else open(to);
  };

  return (
    <div class="heat">
      <div
        class="heat-scroll"
        ref={scroller}
        tabIndex={0}
        role="grid"
        aria-label="Hours of the last week by store"
        aria-describedby="heat-keys"
        aria-rowcount={fleet.total}
        aria-colcount={cells.hours + 1}
        aria-activedescendant={cursor ? 'heat-cell' : undefined}
        onScroll={scheduleDraw}
        onKeyDown={onKey}
        onFocus={onFocus}
        onBlur={() => setIsFocused(false)}
        onPointerMove={(event) => event.pointerType === 'mouse' && point(at(event))}
        onPointerLeave={(event) => event.pointerType === 'mouse' && point(undefined)}
        onClick={onClick}
      >
        <div style={{ width: `${layout.contentWidth}px`, height: `${HEADER + loaded * layout.rowHeight}px` }}>
          <HeatHeader cells={cells} layout={layout} />
          <canvas ref={canvas} class="heat-canvas" style={{ width: `${width}px`, height: `${high}px` }} />
        </div>
        <CursorCell cells={cells} cell={cursor ?? { row: 0, hour: cells.hours - 1 }} />
      </div>
      {shown && (
        <CellTooltip
          cells={cells}
          cell={shown}
          place={{
            left: layout.idWidth + (Math.max(0, shown.hour) + 0.5) * layout.cellWidth - scroller.current!.scrollLeft,
            top: HEADER + shown.row * layout.rowHeight - scroller.current!.scrollTop,
            rowHeight: layout.rowHeight,
            width,
            height,
          }}
          hint={isCoarse ? 'Tap again to open the store.' : ''}
        />
      )}
      <p id="heat-keys" class="quiet small">
        Move with the arrow keys, Page Up, Page Down, Home and End. Press Enter to open the store.
      </p>
    </div>
  );
}
