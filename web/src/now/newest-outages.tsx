import '../ui/stacks.css';
import { answered, api } from '../api/client.js';
import { useRequest } from '../api/use-request.js';
import { spoken } from '../format/duration.js';
import { inNamedZone } from '../format/time.js';
import { hrefOf } from '../shell/route.js';
import { Failure } from '../ui/failure.js';

const SHOWN = 8;

/** @param latest poll; another one may have brought other outages */
export function NewestOutages({ latest }: { latest: string | null }) {
  const { data, error } = useRequest(
    (signal) => answered(api.GET('/v1/outages', { params: { query: { page_size: SHOWN } }, signal })),
    [latest],
  );
  return (
    <section class="card" aria-labelledby="outages-title">
      <h2 id="outages-title">Newest outages</h2>
      <Failure error={error} />
      {data?.outages.length === 0 && <p>No store was seen down in the last day.</p>}
      {!data && !error && <p class="quiet">Looking for outages …</p>}
      {data && data.outages.length > 0 && (
        <div class="scrolls">
          <table class="cells stacks">
            <thead>
              <tr>
                <th scope="col">Store</th>
                <th scope="col">From, to (UTC)</th>
                <th scope="col" class="number">
                  Lost
                </th>
              </tr>
            </thead>
            <tbody>
              {data.outages.map(({ store_id: store, start, end, open_ms: open }) => (
                <tr key={`${store} ${start}`}>
                  <td class="id">
                    <a href={hrefOf('stores', store)}>{store}</a>
                  </td>
                  <td data-label="From, to (UTC)">
                    {inNamedZone(start, 'UTC')} <br />
                    {end === null ? <strong class="down-text">▼ ongoing</strong> : inNamedZone(end, 'UTC')}
                  </td>
                  <td class="number" data-label="Lost">
                    {spoken(open)}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}
