import { Failure } from '../ui/failure.js';
import { type ImportKind, KINDS, titleOf } from './file-kind.js';
import { ImportCounts } from './import-counts.js';
import { size } from '../format/size.js';
import type { Import } from './load-file.js';
import { Rejects } from './rejects.js';

/** A file on its way. */
export interface Loading {
  readonly id: number;
  readonly file: File;
  /** undefined: the name does not tell. */
  readonly kind?: ImportKind;
  readonly state: 'asking' | 'waiting' | 'loading' | 'loaded' | 'refused' | 'dropped';
  /** Bytes; undefined: none yet. */
  readonly sent?: number;
  readonly loaded?: Import;
  readonly error?: Error;
}

interface FileProps {
  readonly loading: Loading;
  readonly onKind: (kind: ImportKind) => void;
  readonly onDrop: () => void;
}

export function LoadedFile({ loading, onKind, onDrop }: FileProps) {
  const { file, kind, state, loaded, error } = loading;
  if (state === 'dropped') return null;
  return (
    <li>
      <h3>
        {file.name} <span class="quiet">{kind && titleOf(kind)}</span>
      </h3>
      {state === 'asking' && (
        <p>
          <label>
            What is in it?
            <select onChange={(event) => onKind(event.currentTarget.value as ImportKind)}>
              <option value="" selected disabled>
                its name does not tell
              </option>
              {KINDS.map((each) => (
                <option key={each.kind} value={each.kind}>
                  {each.title} ({each.kind})
                </option>
              ))}
            </select>
          </label>
          <button type="button" onClick={onDrop}>
            Leave it out
          </button>
        </p>
      )}
      {state === 'waiting' && <p role="status">It waits for the one before.</p>}
      {state === 'loading' && <Sending file={file} sent={loading.sent ?? 0} />}
      <Failure error={error} />
      {loaded && (
        <div role="status">
          <ImportCounts loaded={loaded} />
        </div>
      )}
      {loaded && loaded.rejected > 0 && <Rejects importId={loaded.import_id} count={loaded.rejected} isOpen />}
    </li>
  );
}

/** What is sent is read at once; only the end of it takes time after that. */
function Sending({ file, sent }: { file: File; sent: number }) {
  const isSent = sent >= file.size;
  return (
    <>
      <p role="status">{isSent ? 'It is sent; the last rows are being read …' : 'It is being sent and read …'}</p>
      <p>
        {isSent ? (
          <progress aria-label={`Reading ${file.name}`} />
        ) : (
          <progress aria-label={`Sending ${file.name}`} value={sent} max={file.size} />
        )}
        <span class="quiet">
          {size(Math.min(sent, file.size))} of {size(file.size)}
        </span>
      </p>
    </>
  );
}
