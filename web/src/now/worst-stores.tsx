import { unwrap, api } from '../api/client.js';
import type { Basis } from '../api/fleet.js';
import { useRequest } from '../api/use-request.js';
import { percent, formatDuration } from '../format/duration.js';
import { hrefOf } from '../shell/route.js';
import { basisInQuery } from '../ui/basis.js';
import { WeekStrip } from '../fleet/week-strip.js';
import { Failure } from '../ui/failure.js';
import { StoreLink } from '../ui/store-link.js';
import { stateText } from '../ui/states.js';

const SHOWN = 5;

/** The stores with the most lost time in the last week. @param latest time of the latest poll; a new poll can change the order */
export function WorstStores({ basis, latest }: { basis: Basis; latest: string | null }) {
  const { data, error } = useRequest(
    (signal) => unwrap(api.GET('/v1/fleet/heatmap', { params: { query: { page_size: SHOWN, basis } }, signal })),
    [basis, latest],
  );
  const stores = data?.stores.filter(({ lost_ms: lost }) => lost > 0);
  return (
    <section class="card" aria-labelledby="worst-title">
      <h2 id="worst-title">Worst stores</h2>
      <p class="quiet small">Most lost time in the last week.</p>
      <Failure error={error} />
      {stores?.length === 0 && <p>No lost time in the last week.</p>}
      {!stores && !error && <p class="quiet">Loading …</p>}
      {stores && stores.length > 0 && (
        <ol class="worst">
          {stores.map((store) => (
            <li key={store.store_id}>
              <span>
                <StoreLink id={store.store_id} name={store.name} tags={store.tags} />
              </span>
              <strong>
                {formatDuration(store.lost_ms)} <span class="quiet">({percent(store.lost_ms, store.open_ms)})</span>
              </strong>
              <WeekStrip heatmap={data!} store={store} />
              <span class="quiet small">
                {store.timezone}, now: {stateText(store.state)}
              </span>
            </li>
          ))}
        </ol>
      )}
      <p>
        <a href={hrefOf('fleet', '', { basis: basisInQuery(basis) })}>All stores</a>
      </p>
    </section>
  );
}
