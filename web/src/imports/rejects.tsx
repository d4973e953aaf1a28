import '../ui/stacks.css';
import { useMemo, useState } from 'preact/hooks';
import { useRequest } from '../api/use-request.js';
import { Failure } from '../ui/failure.js';
import { saveFile } from '../ui/save-file.js';
import { rejectsOf } from './load-file.js';
import { readRejects } from './rejects-csv.js';

/** Number of rows that each step shows. */
const STEP = 50;

/** The rejected rows of an import with their reasons. @param isOpen whether the list starts open */
export function Rejects({ importId, count, isOpen = false }: { importId: string; count: number; isOpen?: boolean }) {
  const [isShown, setIsShown] = useState(isOpen);
  return (
    <details open={isShown} onToggle={(event) => setIsShown(event.currentTarget.open)}>
      <summary>
        {count.toLocaleString('en')} {count === 1 ? 'row' : 'rows'} rejected
      </summary>
      {isShown && <RejectTable importId={importId} count={count} name="Rejected rows" />}
    </details>
  );
}

/** The rejected rows as a table, with a download. */
export function RejectTable({ importId, count, name }: { importId: string; count: number; name: string }) {
  const { data: csv, error } = useRequest((signal) => rejectsOf(importId, signal), [importId]);
  const data = useMemo(() => csv && readRejects(csv), [csv]);
  const [limit, setLimit] = useState(STEP);
  return (
    <>
      <Failure error={error} />
      {data && (
        <div class="scrolls" role="region" aria-label={name} tabIndex={0}>
          <table class="stacks">
            <thead>
              <tr>
                <th scope="col" class="number">
                  Line
                </th>
                <th scope="col">Field</th>
                <th scope="col">Value</th>
                <th scope="col">Reason</th>
                <th scope="col">Row</th>
              </tr>
            </thead>
            <tbody>
              {data.slice(0, limit).map(({ line, field, value, reason, row }) => (
                <tr key={line}>
                  <td data-label="Line" class="number">
                    {line}
                  </td>
                  <td data-label="Field">{field}</td>
                  <td data-label="Value">{value && <code>{value}</code>}</td>
                  <td data-label="Reason">{reason}</td>
                  <td data-label="Row">
                    <code>{row}</code>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {data && (
        <div class="more">
          {limit < data.length && (
            <button type="button" onClick={() => setLimit(limit + STEP)}>
              Show {Math.min(STEP, data.length - limit)} more
            </button>
          )}
          <button
            type="button"
            aria-label="Download CSV of rejected rows"
            onClick={() => saveFile(new Blob([csv!], { type: 'text/csv' }), `rejects-${importId}.csv`)}
          >
            Download CSV
          </button>
        </div>
      )}
      {data && data.length < count && (
        <p class="quiet">
          Shows the first {data.length.toLocaleString('en')} of {count.toLocaleString('en')} rejected rows. The server
          does not store the rest.
        </p>
      )}
    </>
  );
}
