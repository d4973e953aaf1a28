import { useMemo, useState } from 'preact/hooks';
import type uPlot from 'uplot';
import type { FleetHour } from '../api/fleet.js';
import { percent } from '../format/duration.js';
import { inZone } from '../format/time.js';
import { Chart } from '../ui/chart.js';
import { Legend, LegendEntry } from '../ui/legend.js';
import { type Palette, stripes, usePalette } from '../ui/palette.js';
import { WeekTable } from './week-table.js';
import { shareOfHour, stackedWeek } from './week-series.js';
import { weekOptions } from './week-options.js';

/** The fleet's last week, hour by hour: which share of the open time was seen up, seen down, or not seen. */
export function WeekChart({ hours }: { hours: readonly FleetHour[] }) {
  const palette = usePalette();
  const [at, setAt] = useState<number>();
  const data = useMemo(() => stackedWeek(hours), [hours]);
  const options = useMemo(() => optionsIn(palette, setAt), [palette]);
  const pointed = at === undefined ? undefined : hours[at];
  return (
    <section class="card" aria-labelledby="week-title">
      <h2 id="week-title">The last week, all stores</h2>
      <Legend>
        <LegendEntry look="up">up</LegendEntry>
        <LegendEntry look="silent">silent</LegendEntry>
        <LegendEntry look="down">down</LegendEntry>
        <li class="quiet">share of open time, by UTC hour</li>
      </Legend>
      <Chart options={options} data={data} height={220} label={weekInWords(hours)} />
      <p class="quiet pointed">{pointed ? hourInWords(pointed) : weekInWords(hours)}</p>
      <WeekTable hours={hours} />
    </section>
  );
}

const optionsIn = (
  palette: Palette,
  onHour: (at: number | undefined) => void,
): Omit<uPlot.Options, 'width' | 'height'> => weekOptions(palette, stripes(palette, devicePixelRatio), onHour);

function hourInWords(hour: FleetHour): string {
  const { hourMs, shares } = shareOfHour(hour);
  if (!shares) return `${inZone(hourMs)}: no store was open.`;
  return `${inZone(hourMs)}: ${percent(shares.up, 1)} up, ${percent(shares.down, 1)} down, ${percent(shares.silent, 1)} silent.`;
}

function weekInWords(hours: readonly FleetHour[]): string {
  const sum = (of: (hour: FleetHour) => number): number => hours.reduce((total, hour) => total + of(hour), 0);
  const [open, up, down] = [sum((hour) => hour.open_ms), sum((hour) => hour.up_ms), sum((hour) => hour.down_ms)];
  const first = hours[0];
  if (!first || open === 0) return 'No store has open time in these hours.';
  return `Since ${inZone(first.hour)}: ${percent(up, open)} up, ${percent(down, open)} down, ${percent(open - up - down, open)} silent.`;
}
