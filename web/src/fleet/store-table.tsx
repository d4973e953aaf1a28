import '../ui/stacks.css';
import { useState } from 'preact/hooks';
import { percent, spoken } from '../format/duration.js';
import { hrefOf } from '../shell/route.js';
import type { Fleet } from './use-fleet.js';

const STEP = 100;

/** The rows of the heatmap in words. */
export function StoreTable({ fleet: { cells, loaded } }: { fleet: Fleet }) {
  const [most, setMost] = useState(STEP);
  return (
    <>
      <div class="scrolls" role="region" aria-label="Stores" tabIndex={0}>
        <table class="cells stacks">
          <thead>
            <tr>
              <th scope="col">Store</th>
              <th scope="col">Now</th>
              <th scope="col" class="number">
                Lost
              </th>
              <th scope="col" class="number">
                Silent
              </th>
              <th scope="col" class="number">
                Open
              </th>
            </tr>
          </thead>
          <tbody>
            {cells.rows.slice(0, most).map(({ storeId, zone, state, lostMs, silentMs, openMs }) => (
              <tr key={storeId}>
                <th scope="row" class="id">
                  <a href={hrefOf('stores', storeId)}>{storeId}</a>
                  <br />
                  <span class="quiet small">{zone}</span>
                </th>
                <td data-label="Now">{state}</td>
                <td class="number" data-label="Lost">
                  {spoken(lostMs)} <br />
                  <span class="quiet small">{percent(lostMs, openMs)}</span>
                </td>
                <td class="number" data-label="Silent">
                  {spoken(silentMs)}
                </td>
                <td class="number" data-label="Open">
                  {spoken(openMs)}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {most < loaded && (
        <button type="button" onClick={() => setMost(most + STEP)}>
          Show {Math.min(STEP, loaded - most)} more
        </button>
      )}
    </>
  );
}
