import '../ui/stacks.css';
import { unwrap, api } from '../api/client.js';
import { useRequest } from '../api/use-request.js';
import { formatDuration } from '../format/duration.js';
import { formatTimeWithoutZone } from '../format/time.js';
import { Failure } from '../ui/failure.js';
import { StoreLink } from '../ui/store-link.js';

const SHOWN = 8;

/** The most recent outages of all stores. @param latest time of the latest poll; a new poll can add outages */
export function RecentOutages({ latest }: { latest: string | null }) {
  const { data, error } = useRequest(
    (signal) => unwrap(api.GET('/v1/outages', { params: { query: { page_size: SHOWN } }, signal })),
    [latest],
  );
  return (
    <section class="card" aria-labelledby="outages-title">
      <h2 id="outages-title">Recent outages</h2>
      <p class="quiet small">Outages of the last day. Lost is the open time in each outage.</p>
      <Failure error={error} />
      {data?.outages.length === 0 && <p>No outages in the last day.</p>}
      {!data && !error && <p class="quiet">Loading …</p>}
      {data && data.outages.length > 0 && (
        <div class="scrolls">
          <table class="cells stacks">
            <thead>
              <tr>
                <th scope="col">Store</th>
                <th scope="col">Period (UTC)</th>
                <th scope="col" class="number">
                  Lost
                </th>
              </tr>
            </thead>
            <tbody>
              {data.outages.map(({ store_id: store, store_name: name, start, end, open_ms: open }) => (
                <tr key={`${store} ${start}`}>
                  <td class="id">
                    <StoreLink id={store} name={name} />
                  </td>
                  <td data-label="Period (UTC)">
                    {formatTimeWithoutZone(start, 'UTC')} <br />
                    {end === null ? <strong class="down-text">▼ ongoing</strong> : formatTimeWithoutZone(end, 'UTC')}
                  </td>
                  <td class="number" data-label="Lost">
                    {formatDuration(open)}
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
