import '../ui/stacks.css';
import { spoken } from '../format/duration.js';
import { inZone } from '../format/time.js';
import type { StoreWeek } from './use-store.js';

/** Runs of inactive polls in the openings of the week. */
export function OutageTable({ week: { outages, hasMoreOutages }, zone }: { week: StoreWeek; zone: string }) {
  return (
    <section class="card" aria-labelledby="outages-title">
      <h2 id="outages-title">Outages of this week</h2>
      {outages.length === 0 && <p>None: no poll inside an opening saw the store inactive.</p>}
      {outages.length > 0 && (
        <div class="scrolls" role="region" aria-label="Table of outages" tabIndex={0}>
          <table class="stacks">
            <thead>
              <tr>
                <th scope="col">From ({zone})</th>
                <th scope="col">To</th>
                <th scope="col" class="number">
                  Open time lost
                </th>
                <th scope="col" class="number">
                  Of it observed
                </th>
                <th scope="col">First inactive poll</th>
                <th scope="col">Ended by an active poll</th>
              </tr>
            </thead>
            <tbody>
              {outages.map(({ start, end, open_ms: open, down_ms: down, started_by: first, ended_by: last }) => (
                <tr key={start}>
                  <td data-label="From" class="time">
                    {inZone(start, zone)}
                  </td>
                  <td data-label="To" class="time">
                    {end === null ? 'goes on' : inZone(end, zone)}
                  </td>
                  <td data-label="Open time lost" class="number">
                    {spoken(open)}
                  </td>
                  <td data-label="Of it observed" class="number">
                    {spoken(down)}
                  </td>
                  <td data-label="First inactive poll" class="time">
                    {inZone(first.polled_at, zone)}
                  </td>
                  <td data-label="Ended by an active poll" class="time">
                    {last === null ? 'none yet' : inZone(last.polled_at, zone)}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {hasMoreOutages && <p class="quiet">The first {outages.length} of them; the API has them all.</p>}
    </section>
  );
}
