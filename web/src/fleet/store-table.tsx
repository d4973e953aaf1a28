import '../ui/stacks.css';
import { useState } from 'preact/hooks';
import { percent, formatDuration } from '../format/duration.js';
import { StoreLink } from '../ui/store-link.js';
import { stateText } from '../ui/states.js';
import type { Fleet } from './use-fleet.js';

const STEP = 100;

/** The stores of the heatmap as a table. */
export function StoreTable({ fleet: { cells, loaded } }: { fleet: Fleet }) {
  const [limit, setLimit] = useState(STEP);
  return (
    <>
      <div class="scrolls" role="region" aria-label="Stores" tabIndex={0}>
        <table class="cells stacks">
          <thead>
            <tr>
              <th scope="col">Store</th>
              <th scope="col">State</th>
              <th scope="col" class="number">
                Lost
              </th>
              <th scope="col" class="number">
                No recent data
              </th>
              <th scope="col" class="number">
                Open
              </th>
            </tr>
          </thead>
          <tbody>
            {cells.rows.slice(0, limit).map(({ storeId, name, tags, zone, state, lostMs, silentMs, openMs }) => (
              <tr key={storeId}>
                <th scope="row" class="id">
                  <StoreLink id={storeId} name={name} tags={tags} />
                  <br />
                  <span class="quiet small">{zone}</span>
                </th>
                <td data-label="State">{stateText(state)}</td>
                <td class="number" data-label="Lost">
                  {formatDuration(lostMs)} <br />
                  <span class="quiet small">{percent(lostMs, openMs)}</span>
                </td>
                <td class="number" data-label="No recent data">
                  {formatDuration(silentMs)}
                </td>
                <td class="number" data-label="Open">
                  {formatDuration(openMs)}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {limit < loaded && (
        <button type="button" onClick={() => setLimit(limit + STEP)}>
          Show {Math.min(STEP, loaded - limit)} more
        </button>
      )}
    </>
  );
}
