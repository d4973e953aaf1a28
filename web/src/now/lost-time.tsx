import type { FleetWindow } from '../api/fleet.js';
import { percent, formatDuration } from '../format/duration.js';
import { formatTime } from '../format/time.js';
import { pluralize } from './pluralize.js';

const NAMES = { last_hour: 'Last hour', last_day: 'Last day', last_week: 'Last week' };

/** Downtime across all stores in each window. */
export function LostTime({ windows }: { windows: readonly FleetWindow[] }) {
  return (
    <section aria-labelledby="lost-title">
      <h2 id="lost-title">Lost time</h2>
      <p class="quiet small">Downtime within business hours, summed over all stores.</p>
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
      <p class="figure">{formatDuration(lost)}</p>
      <p>
        {percent(lost, open)} of {formatDuration(open)} open time
      </p>
      <p>{pluralize(stores, 'store')} affected</p>
      <p class="quiet">No recent data: {percent(open - up - down, open)} of open time</p>
      <p class="quiet small">
        {formatTime(from)} to {formatTime(to)}
      </p>
    </div>
  );
}
