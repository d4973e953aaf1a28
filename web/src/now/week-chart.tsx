import { useMemo, useState } from 'preact/hooks';
import type uPlot from 'uplot';
import type { FleetHour } from '../api/fleet.js';
import { percent } from '../format/duration.js';
import { formatTime } from '../format/time.js';
import { Chart } from '../ui/chart.js';
import { Legend, LegendEntry } from '../ui/legend.js';
import { type Palette, stripes, usePalette } from '../ui/palette.js';
import { WeekTable } from './week-table.js';
import { shareOfHour, stackedWeek } from './week-series.js';
import { weekOptions } from './week-options.js';

/** The last week of all stores by hour: shares of open time that were up, down or without recent data. */
export function WeekChart({ hours }: { hours: readonly FleetHour[] }) {
  const palette = usePalette();
  const [at, setAt] = useState<number>();
  const data = useMemo(() => stackedWeek(hours), [hours]);
  const options = useMemo(() => optionsIn(palette, setAt), [palette]);
  const hovered = at === undefined ? undefined : hours[at];
  return (
    <section class="card" aria-labelledby="week-title">
      <h2 id="week-title">Hourly status</h2>
      <Legend>
        <LegendEntry swatch="up">up</LegendEntry>
        <LegendEntry swatch="silent">no recent data</LegendEntry>
        <LegendEntry swatch="down">down</LegendEntry>
        <li class="quiet">share of open time across all stores in the last week, by UTC hour</li>
      </Legend>
      <Chart options={options} data={data} height={220} label={weekText(hours)} />
      <p class="quiet hovered">{hovered ? hourText(hovered) : weekText(hours)}</p>
      <WeekTable hours={hours} />
    </section>
  );
}

const optionsIn = (
  palette: Palette,
  onHour: (at: number | undefined) => void,
): Omit<uPlot.Options, 'width' | 'height'> => weekOptions(palette, stripes(palette, devicePixelRatio), onHour);

function hourText(hour: FleetHour): string {
  const { hourMs, shares } = shareOfHour(hour);
  if (!shares) return `${formatTime(hourMs)}: no store was open.`;
  return `${formatTime(hourMs)}: ${percent(shares.up, 1)} up, ${percent(shares.down, 1)} down, ${percent(shares.silent, 1)} no recent data.`;
}

function weekText(hours: readonly FleetHour[]): string {
  const sum = (of: (hour: FleetHour) => number): number => hours.reduce((total, hour) => total + of(hour), 0);
  const [open, up, down] = [sum((hour) => hour.open_ms), sum((hour) => hour.up_ms), sum((hour) => hour.down_ms)];
  const first = hours[0];
  if (!first || open === 0) return 'No store was open in this week.';
  return `Since ${formatTime(first.hour)}: ${percent(up, open)} up, ${percent(down, open)} down, ${percent(open - up - down, open)} no recent data.`;
}
