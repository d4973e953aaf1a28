import { ApiError } from '../api/client.js';
import { Failure } from '../ui/failure.js';
import { type ImportKind, titleOf } from './file-kind.js';
import type { Loading } from './file-queue.js';
import { ImportCounts, ImportWarnings } from './import-counts.js';
import { size } from '../format/size.js';
import { KindForm } from './kind-form.js';
import { Rejects } from './rejects.js';

interface FileProps {
  readonly loading: Loading;
  readonly onKind: (kind: ImportKind) => void;
  readonly onLeftOut: () => void;
}

export function LoadedFile({ loading, onKind, onLeftOut }: FileProps) {
  const { file, kind, state, error } = loading;
  const loaded = loading.loaded ?? (error instanceof ApiError ? error.failedImport : undefined);
  return (
    <li>
      <h3>
        {file.name} <span class="quiet">{kind && titleOf(kind)}</span>
      </h3>
      {state === 'asking' && <KindForm fileName={file.name} onKind={onKind} onLeftOut={onLeftOut} />}
      {state === 'waiting' && <p role="status">It waits for the one before.</p>}
      {state === 'loading' && <Sending file={file} sent={loading.sent ?? 0} />}
      <Failure error={error}>
        <p>
          <button type="button" aria-label={`Send again: ${file.name}`} onClick={() => onKind(kind!)}>
            Send again
          </button>
          <button type="button" aria-label={`Leave it out: ${file.name}`} onClick={onLeftOut}>
            Leave it out
          </button>
        </p>
      </Failure>
      {loaded && (
        <div role="status">
          <ImportCounts loaded={loaded} />
          <ImportWarnings loaded={loaded} />
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
