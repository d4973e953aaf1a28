import { useLayoutEffect, useMemo, useRef } from 'preact/hooks';
import type { Heatmap, HeatmapStore } from '../api/fleet.js';
import { useSize } from '../ui/use-size.js';
import { Cells } from './cells.js';
import { drawRow, useHeatStyle } from './draw-row.js';

/** CSS pixels. */
const HEIGHT = 14;

/** One store's week as a row of the heatmap. Hidden from screen readers, because the figures stand beside it. */
export function WeekStrip({ heatmap, store }: { heatmap: Heatmap; store: HeatmapStore }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const box = useRef<HTMLDivElement>(null);
  const { width } = useSize(box);
  const ratio = devicePixelRatio;
  const style = useHeatStyle(ratio);
  const cells = useMemo(() => {
    const one = new Cells(Date.parse(heatmap.from), heatmap.hours, 1);
    one.add([store]);
    return one;
  }, [heatmap, store]);
  useLayoutEffect(() => {
    const { width: wide, height: high } = Object.assign(canvas.current!, {
      width: Math.round(width * ratio),
      height: Math.round(HEIGHT * ratio),
    });
    const x = (hour: number): number => Math.round((hour * wide) / cells.hours);
    const strip = { row: 0, y: 0, high, x, hours: { from: 0, to: cells.hours } };
    drawRow(canvas.current!.getContext('2d')!, { ...style, cells }, strip);
  }, [cells, width, style]);
  return (
    <div ref={box} class="week-strip" aria-hidden="true">
      <canvas ref={canvas} style={{ width: `${width}px`, height: `${HEIGHT}px` }} />
    </div>
  );
}
