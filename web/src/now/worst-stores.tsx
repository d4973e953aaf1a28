import { answered, api } from '../api/client.js';
import type { Basis } from '../api/fleet.js';
import { useRequest } from '../api/use-request.js';
import { percent, spoken } from '../format/duration.js';
import { hrefOf } from '../shell/route.js';
import { basisInQuery } from '../ui/basis.js';
import { Failure } from '../ui/failure.js';

const SHOWN = 5;

/** Those that lost most of their open time in the last week. @param latest poll; another one may have changed the order */
export function WorstStores({ basis, latest }: { basis: Basis; latest: string | null }) {
  const { data, error } = useRequest(
    (signal) => answered(api.GET('/v1/fleet/heatmap', { params: { query: { page_size: SHOWN, basis } }, signal })),
    [basis, latest],
  );
  const stores = data?.stores.filter(({ lost_ms: lost }) => lost > 0);
  return (
    <section class="card" aria-labelledby="worst-title">
      <h2 id="worst-title">Worst stores of the week</h2>
      <Failure error={error} />
      {stores?.length === 0 && <p>No store lost any open time.</p>}
      {!stores && !error && <p class="quiet">Ranking the stores …</p>}
      {stores && stores.length > 0 && (
        <div class="scrolls">
          <table class="cells">
            <thead>
              <tr>
                <th scope="col">Store</th>
                <th scope="col">Now</th>
                <th scope="col" class="number">
                  Lost
                </th>
              </tr>
            </thead>
            <tbody>
              {stores.map(({ store_id: store, timezone, state, lost_ms: lost, open_ms: open }) => (
                <tr key={store}>
                  <td class="id">
                    <a href={hrefOf('stores', store)}>{store}</a>
                    <br />
                    <span class="quiet">{timezone}</span>
                  </td>
                  <td>{state}</td>
                  <td class="number">
                    {spoken(lost)}
                    <br />
                    <span class="quiet">{percent(lost, open)} of its open time</span>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      <p>
        <a href={hrefOf('fleet', '', { basis: basisInQuery(basis) })}>All stores, hour by hour</a>
      </p>
    </section>
  );
}
