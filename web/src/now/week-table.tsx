import { useState } from 'preact/hooks';
import type { FleetHour } from '../api/fleet.js';
import { percent } from '../format/duration.js';
import { formatTimeWithoutZone } from '../format/time.js';
import { shareOfHour } from './week-series.js';

/** The figures of the chart. The table renders only when it is open. */
export function WeekTable({ hours }: { hours: readonly FleetHour[] }) {
  const [isOpen, setIsOpen] = useState(false);
  return (
    <details onToggle={(event) => setIsOpen(event.currentTarget.open)}>
      <summary>Hourly table</summary>
      {isOpen && (
        <div class="scrolls tall" tabIndex={0} role="region" aria-label="Hourly shares of open time">
          <table class="cells">
            <thead>
              <tr>
                <th scope="col">Hour (UTC)</th>
                <th scope="col" class="number">
                  Up
                </th>
                <th scope="col" class="number">
                  Down
                </th>
                <th scope="col" class="number">
                  No recent data
                </th>
              </tr>
            </thead>
            <tbody>
              {hours.map(shareOfHour).map(({ hourMs, shares }) => (
                <tr key={hourMs}>
                  <th scope="row">{formatTimeWithoutZone(hourMs, 'UTC')}</th>
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
