import '../ui/stacks.css';
import { formatDuration } from '../format/duration.js';
import { formatTime } from '../format/time.js';
import type { StoreWeek } from './use-store.js';

/** The outages of the week: consecutive inactive polls within openings. */
export function OutageTable({ week: { outages, hasMoreOutages }, zone }: { week: StoreWeek; zone: string }) {
  return (
    <section class="card" aria-labelledby="outages-title">
      <h2 id="outages-title">Outages</h2>
      {outages.length === 0 && <p>No outages in this week.</p>}
      {outages.length > 0 && (
        <p class="quiet small">
          Lost is the open time in the outage; Observed is the part that recent polls cover. An outage lasts until the
          next active poll.
        </p>
      )}
      {outages.length > 0 && (
        <div class="scrolls" role="region" aria-label="Table of outages" tabIndex={0}>
          <table class="stacks">
            <thead>
              <tr>
                <th scope="col">From ({zone})</th>
                <th scope="col">To</th>
                <th scope="col" class="number">
                  Lost
                </th>
                <th scope="col" class="number">
                  Observed
                </th>
                <th scope="col">First poll</th>
                <th scope="col">Ending poll</th>
              </tr>
            </thead>
            <tbody>
              {outages.map(({ start, end, open_ms: open, down_ms: down, started_by: first, ended_by: last }) => (
                <tr key={start}>
                  <td data-label="From" class="time">
                    {formatTime(start, zone)}
                  </td>
                  <td data-label="To" class="time">
                    {end === null ? 'ongoing' : formatTime(end, zone)}
                  </td>
                  <td data-label="Lost" class="number">
                    {formatDuration(open)}
                  </td>
                  <td data-label="Observed" class="number">
                    {formatDuration(down)}
                  </td>
                  <td data-label="First poll" class="time">
                    {formatTime(first.polled_at, zone)}
                  </td>
                  <td data-label="Ending poll" class="time">
                    {last === null ? 'none' : formatTime(last.polled_at, zone)}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {hasMoreOutages && <p class="quiet">Shows the first {outages.length} outages. The API returns all of them.</p>}
    </section>
  );
}
