import '../ui/stacks.css';
import { useEffect, useState } from 'preact/hooks';
import { unwrap, api } from '../api/client.js';
import { useRequest } from '../api/use-request.js';
import { Failure } from '../ui/failure.js';
import { FIRST_SIZE, ShowMore } from '../ui/show-more.js';
import { PastImport } from './past-import.js';

/** Past imports, newest first. @param loaded number of finished uploads; a change reloads the list */
export function PastImports({ loaded }: { loaded: number }) {
  const [size, setSize] = useState(FIRST_SIZE);
  const { data, error, reload } = useRequest(
    (signal) => unwrap(api.GET('/v1/imports', { params: { query: { page_size: size } }, signal })),
    [size],
  );
  useEffect(() => {
    if (loaded > 0) reload();
  }, [loaded]);
  return (
    <section class="card" aria-labelledby="past-title">
      <h2 id="past-title">Past imports</h2>
      <Failure error={error} />
      {data?.imports.length === 0 && <p>No imports yet.</p>}
      {data && data.imports.length > 0 && (
        <div class="scrolls" role="region" aria-label="Table of imports" tabIndex={0}>
          <table class="stacks">
            <thead>
              <tr>
                <th scope="col">Started (UTC)</th>
                <th scope="col">Kind</th>
                <th scope="col">Status</th>
                <th scope="col" class="number">
                  Read
                </th>
                <th scope="col" class="number">
                  Accepted
                </th>
                <th scope="col" class="number">
                  Duplicate
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
