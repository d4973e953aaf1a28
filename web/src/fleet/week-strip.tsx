import { useLayoutEffect, useMemo, useRef } from 'preact/hooks';
import type { Heatmap, HeatmapStore } from '../api/fleet.js';
import { useSize } from '../ui/use-size.js';
import { Cells } from './cells.js';
import { drawRow, useLook } from './draw-row.js';

/** CSS pixels. */
const HEIGHT = 14;

/** The hours of one store, as a row of the heatmap has them: for eyes only, beside the figures. */
export function WeekStrip({ heatmap, store }: { heatmap: Heatmap; store: HeatmapStore }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const box = useRef<HTMLDivElement>(null);
  const { width } = useSize(box);
  const ratio = devicePixelRatio;
  const look = useLook(ratio);
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
    drawRow(canvas.current!.getContext('2d')!, { ...look, cells }, strip);
  }, [cells, width, look]);
  return (
    <div ref={box} class="week-strip" aria-hidden="true">
      <canvas ref={canvas} style={{ width: `${width}px`, height: `${HEIGHT}px` }} />
    </div>
  );
}
