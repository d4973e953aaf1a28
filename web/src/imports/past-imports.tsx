import '../ui/stacks.css';
import { useEffect, useState } from 'preact/hooks';
import { answered, api } from '../api/client.js';
import { useRequest } from '../api/use-request.js';
import { Failure } from '../ui/failure.js';
import { FIRST_SIZE, ShowMore } from '../ui/show-more.js';
import { PastImport } from './past-import.js';

/** What was loaded before, the newest first. @param loaded asks again when it changes */
export function PastImports({ loaded }: { loaded: number }) {
  const [size, setSize] = useState(FIRST_SIZE);
  const { data, error, reload } = useRequest(
    (signal) => answered(api.GET('/v1/imports', { params: { query: { page_size: size } }, signal })),
    [size],
  );
  useEffect(() => {
    if (loaded > 0) reload();
  }, [loaded]);
  return (
    <section class="card" aria-labelledby="past-title">
      <h2 id="past-title">Loaded before</h2>
      <Failure error={error} />
      {data?.imports.length === 0 && <p>Nothing yet.</p>}
      {data && data.imports.length > 0 && (
        <div class="scrolls" role="region" aria-label="Table of imports" tabIndex={0}>
          <table class="stacks">
            <thead>
              <tr>
                <th scope="col">Begun (UTC)</th>
                <th scope="col">What</th>
                <th scope="col">State</th>
                <th scope="col" class="number">
                  Read
                </th>
                <th scope="col" class="number">
                  Accepted
                </th>
                <th scope="col" class="number">
                  Known already
                </th>
                <th scope="col" class="number">
                  Rejected
                </th>
              </tr>
            </thead>
            <tbody>
              {data.imports.map((each) => (
                <PastImport key={each.import_id} past={each} />
              ))}
            </tbody>
          </table>
        </div>
      )}
      <ShowMore size={size} onSize={setSize} nextPageToken={data?.next_page_token} />
    </section>
  );
}
