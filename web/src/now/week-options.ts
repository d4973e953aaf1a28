import uPlot from 'uplot';
import type { Palette } from '../ui/palette.js';

const DAY_S = 86_400;
/** CSS pixels. A narrower chart has no room for the day of the month. */
const NARROW = 520;
const weekday = new Intl.DateTimeFormat('en-GB', { timeZone: 'UTC', weekday: 'short' });
const day = new Intl.DateTimeFormat('en-GB', { timeZone: 'UTC', weekday: 'short', day: 'numeric' });

/** uPlot options for stacked areas. uPlot draws the last series on top. @param onHour called with the index of the hour under the pointer; undefined: none */
export function weekOptions(
  palette: Palette,
  noData: CanvasPattern,
  onHour: (at: number | undefined) => void,
): Omit<uPlot.Options, 'width' | 'height'> {
  const paths = uPlot.paths.stepped!({ align: 1 });
  const area = (label: string, fill: string | CanvasPattern): uPlot.Series => ({
    label,
    fill: () => fill,
    stroke: palette.surface,
    width: 0,
    paths,
    points: { show: false },
  });
  const axis = { stroke: palette.quiet, grid: { stroke: palette.line, width: 1 }, ticks: { stroke: palette.line } };
  return {
    legend: { show: false },
    padding: [8, 8, 0, 0],
    cursor: { y: false, points: { show: false }, drag: { x: false, y: false } },
    scales: { x: { time: false }, y: { range: [0, 100] } },
    axes: [
      {
        ...axis,
        size: 34,
        splits: (_, __, min, max) => midnights(min, max),
        values: ({ width }, at) => at.map((s) => (width < NARROW ? weekday : day).format(s * 1_000)),
      },
      { ...axis, size: 56, values: (_, at) => at.map((value) => `${value}%`) },
    ],
    series: [{}, area('up', palette.up), area('no recent data', noData), area('down', palette.down)],
    hooks: { setCursor: [({ cursor }) => onHour(cursor.idx ?? undefined)] },
  };
}

/** UTC midnights between two times, in epoch seconds. */
export function midnights(from: number, to: number): number[] {
  const all: number[] = [];
  for (let at = Math.ceil(from / DAY_S) * DAY_S; at <= to; at += DAY_S) all.push(at);
  return all;
}
