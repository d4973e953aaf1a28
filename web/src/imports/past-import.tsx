import { useId, useState } from 'preact/hooks';
import { inZone } from '../format/time.js';
import { titleOf } from './file-kind.js';
import { ImportWarnings } from './import-counts.js';
import type { Import } from './load-file.js';
import { RejectTable } from './rejects.js';

const IN_WORDS = { Running: 'is being loaded', Complete: 'loaded', Failed: 'failed' };
const COLUMNS = 7;

/** A row about an import; below it, as wide as the table, what was wrong. */
export function PastImport({ past }: { past: Import }) {
  const [isShown, setIsShown] = useState(false);
  const below = useId();
  const { import_id: id, rejected } = past;
  const name = `rejected rows of ${titleOf(past.kind)}, ${inZone(past.started_at)}`;
  return (
    <>
      <tr>
        <td data-label="Begun" class="time">
          {inZone(past.started_at)}
        </td>
        <td data-label="What">{titleOf(past.kind)}</td>
        <td data-label="State">{IN_WORDS[past.status]}</td>
        <td data-label="Read" class="number">
          {past.read.toLocaleString('en')}
        </td>
        <td data-label="Accepted" class="number">
          {past.accepted.toLocaleString('en')}
        </td>
        <td data-label="Known already" class="number">
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
              aria-controls={isShown ? below : undefined}
              onClick={() => setIsShown(!isShown)}
            >
              {rejected.toLocaleString('en')} {isShown ? 'hide' : 'show'}
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
        <tr id={below}>
          <td colSpan={COLUMNS}>
            <RejectTable importId={id} count={rejected} name={name} />
          </td>
        </tr>
      )}
    </>
  );
}
