import { useId, useState } from 'preact/hooks';
import { formatTime } from '../format/time.js';
import { titleOf } from './file-kind.js';
import { ImportWarnings } from './import-counts.js';
import type { Import } from './load-file.js';
import { RejectTable } from './rejects.js';

const STATUS_TEXT = { Running: 'running', Complete: 'complete', Failed: 'failed' };
const COLUMNS = 7;

/** A table row for an import, with its error, warnings and rejected rows below it. */
export function PastImport({ past }: { past: Import }) {
  const [isShown, setIsShown] = useState(false);
  const detailsId = useId();
  const { import_id: id, rejected } = past;
  const name = `rejected ${rejected === 1 ? 'row' : 'rows'} of ${titleOf(past.kind)}, ${formatTime(past.started_at)}`;
  return (
    <>
      <tr>
        <td data-label="Started" class="time">
          {formatTime(past.started_at)}
        </td>
        <td data-label="Kind">{titleOf(past.kind)}</td>
        <td data-label="Status">{STATUS_TEXT[past.status]}</td>
        <td data-label="Read" class="number">
          {past.read.toLocaleString('en')}
        </td>
        <td data-label="Accepted" class="number">
          {past.accepted.toLocaleString('en')}
        </td>
        <td data-label="Duplicate" class="number">
          {past.duplicate.toLocaleString('en')}
        </td>
        <td data-label="Rejected" class="number">
          {rejected === 0 ? (
            '0'
          ) : (
            <button
              type="button"
              class="of-row"
              aria-expanded={isShown}
              aria-controls={isShown ? detailsId : undefined}
              onClick={() => setIsShown(!isShown)}
            >
              {isShown ? 'Hide' : 'Show'} {rejected.toLocaleString('en')}
              <span class="visually-hidden"> {name}</span>
            </button>
          )}
        </td>
      </tr>
      {past.error !== null && (
        <tr>
          <td colSpan={COLUMNS} class="down-text">
            {past.error}
          </td>
        </tr>
      )}
      {past.warnings.length > 0 && (
        <tr>
          <td colSpan={COLUMNS}>
            <ImportWarnings loaded={past} />
          </td>
        </tr>
      )}
      {isShown && (
        <tr id={detailsId}>
          <td colSpan={COLUMNS}>
            <RejectTable importId={id} count={rejected} name={name} />
          </td>
        </tr>
      )}
    </>
  );
}
