import { useState } from 'preact/hooks';
import type { FleetHour } from '../api/fleet.js';
import { percent } from '../format/duration.js';
import { inNamedZone } from '../format/time.js';
import { shareOfHour } from './week-series.js';

/** The chart's figures; made only when they are asked for. */
export function WeekTable({ hours }: { hours: readonly FleetHour[] }) {
  const [isOpen, setIsOpen] = useState(false);
  return (
    <details onToggle={(event) => setIsOpen(event.currentTarget.open)}>
      <summary>The same as a table</summary>
      {isOpen && (
        <div class="scrolls tall" tabIndex={0} role="region" aria-label="Shares of open time by hour">
          <table class="cells">
            <thead>
              <tr>
                <th scope="col">Hour from (UTC)</th>
                <th scope="col" class="number">
                  Up
                </th>
                <th scope="col" class="number">
                  Down
                </th>
                <th scope="col" class="number">
                  Silent
                </th>
              </tr>
            </thead>
            <tbody>
              {hours.map(shareOfHour).map(({ hourMs, shares }) => (
                <tr key={hourMs}>
                  <th scope="row">{inNamedZone(hourMs, 'UTC')}</th>
                  <td class="number">{shares ? percent(shares.up, 1) : 'closed'}</td>
                  <td class="number">{shares ? percent(shares.down, 1) : 'closed'}</td>
                  <td class="number">{shares ? percent(shares.silent, 1) : 'closed'}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </details>
  );
}
