import type { FleetWindow } from '../api/fleet.js';
import { percent, spoken } from '../format/duration.js';
import { inZone } from '../format/time.js';
import { counted } from './counted.js';

const NAMES = { last_hour: 'Last hour', last_day: 'Last day', last_week: 'Last week' };

/** The open time that all stores together lost, in each window. */
export function LostTime({ windows }: { windows: readonly FleetWindow[] }) {
  return (
    <section aria-labelledby="lost-title">
      <h2 id="lost-title">Open time lost, all stores together</h2>
      <div class="trio">
        {windows.map((window) => (
          <Lost key={window.name} window={window} />
        ))}
      </div>
    </section>
  );
}

function Lost({ window }: { window: FleetWindow }) {
  const { name, from, to, lost_ms: lost, open_ms: open, up_ms: up, down_ms: down, stores_with_loss: stores } = window;
  return (
    <div class="card">
      <h3>{NAMES[name]}</h3>
      <p class="figure">{spoken(lost)}</p>
      <p>
        {percent(lost, open)} of {spoken(open)} open
      </p>
      <p>{counted(stores, 'store')} with a loss</p>
      <p class="quiet">{percent(open - up - down, open)} of the open time silent</p>
      <p class="quiet small">
        {inZone(from)} to {inZone(to)}
      </p>
    </div>
  );
}
