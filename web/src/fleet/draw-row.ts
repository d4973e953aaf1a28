import { useMemo } from 'preact/hooks';
import { type Palette, stripes, usePalette } from '../ui/palette.js';
import { CLOSED, type Cells } from './cells.js';
import { heatColours, readRgb, stepOf, stripedShare } from './heat-scale.js';

export interface HeatStyle {
  readonly palette: Palette;
  /** From heatColours. */
  readonly colours: readonly string[];
  readonly noData: CanvasPattern;
}

/** Colours and pattern of the heatmap in the current theme. @param ratio device pixels per CSS pixel */
export function useHeatStyle(ratio: number): HeatStyle {
  const palette = usePalette();
  return useMemo(
    () => ({
      palette,
      colours: heatColours(readRgb(palette.heatUp), readRgb(palette.between), readRgb(palette.down)),
      noData: stripes(palette, ratio),
    }),
    [palette, ratio],
  );
}

export interface Strip {
  readonly row: number;
  /** Device pixels. */
  readonly y: number;
  readonly high: number;
  readonly x: (hour: number) => number;
  readonly hours: { readonly from: number; readonly to: number };
}

/** Draws one store's hours. Neighbours with the same shares become one rectangle. */
export function drawRow(
  context: CanvasRenderingContext2D,
  { cells, colours, noData }: HeatStyle & { cells: Cells },
  strip: Strip,
): void {
  const { row, y, high, x, hours } = strip;
  let from = hours.from;
  let [up, down] = [cells.upAt(row, from), cells.downAt(row, from)];
  for (let hour = from + 1; hour <= hours.to; hour++) {
    const isPastEnd = hour === hours.to;
    const [nextUp, nextDown] = isPastEnd ? [-1, -1] : [cells.upAt(row, hour), cells.downAt(row, hour)];
    if (nextUp === up && nextDown === down) continue;
    if (up !== CLOSED) {
      const [left, wide] = [x(from), x(hour) - x(from)];
      const striped = Math.round(high * stripedShare(up, down));
      context.fillStyle = colours[stepOf(up, down)]!;
      if (striped < high) context.fillRect(left, y + striped, wide, high - striped);
      context.fillStyle = noData;
      if (striped > 0) context.fillRect(left, y, wide, striped);
    }
    [from, up, down] = [hour, nextUp, nextDown];
  }
}
